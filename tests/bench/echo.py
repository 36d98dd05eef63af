"""The wire's figures beside a bare pipe and the MCP Python SDK, in one run: `python tests/bench/echo.py`.

Rounds are interleaved, since a shared machine changes its speed from second to second: trust the ratios. Figures of MCP
are printed where the package `mcp` is installed.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import trio

from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import Hello, Identity, Limits
from pegboard_sdk.wire.methods import CallTool, Setup
from pegboard_sdk.wire.peer import Peer

ROUNDS = 7
CALLS = 2000
IN_FLIGHT = 64
BIG = 1_000_000
BIG_CALLS = 50
STREAM = 1 << 30

PLUGIN = """
from pegboard_sdk import Context, Plugin
plugin = Plugin("bench")

@plugin.tool(effect="read")
def echo(text: str) -> str:
    return text

@plugin.tool(effect="read")
def big(size: int) -> str:
    return "x" * size

@plugin.tool(effect="read")
def stream(size: int, *, ctx: Context) -> None:
    chunk = b"x" * 65000
    for _ in range(0, size, len(chunk)):
        ctx.write(chunk)
"""

FLOOR = """
import os
while data := os.read(0, 65536):
    os.write(1, data)
"""

MCP_SERVER = """
import anyio, mcp.types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

async def call(context, params):
    return types.CallToolResult(content=[types.TextContent(type="text", text=params.arguments["text"])])

async def tools(context, params):
    return types.ListToolsResult(tools=[types.Tool(name="echo", input_schema={"type": "object"})])

server = Server("bench", on_call_tool=call, on_list_tools=tools)

async def main():
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())

anyio.run(main)
"""

Echo = Callable[[], Awaitable[Any]]


def started(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """A process that was started before anything is measured."""
    return subprocess.Popen(command, **options)


@asynccontextmanager
async def plugin() -> AsyncIterator[tuple[Peer, int]]:
    """A greeted plugin and its pid."""
    with tempfile.TemporaryDirectory() as folder:
        await trio.Path(folder, "plugin.py").write_text(PLUGIN)
        (kernel_in, plugin_out), (plugin_in, kernel_out) = os.pipe(), os.pipe()
        own = {"PEGBOARD_PLUGIN": "1", "PYTHONPATH": os.pathsep.join([folder, *sys.path])}
        command = [sys.executable, "-m", "pegboard_sdk.host", "plugin:plugin", folder]
        process = started(command, stdin=plugin_in, stdout=plugin_out, env={**os.environ, **own})
        os.close(plugin_in)
        os.close(plugin_out)
        peer = Peer(kernel_in, kernel_out, side=Side.KERNEL, limits=Limits())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(peer.run)
            await peer.greet(Hello(0, [1], os.urandom(32), Limits(), Identity("bench", "0"), [], pack(Setup())))
            yield peer, process.pid
            nursery.cancel_scope.cancel()
        process.wait()


@asynccontextmanager
async def mcp_echo() -> AsyncIterator[Echo]:
    """The same echo through the MCP Python SDK, low level on both sides."""
    from mcp import ClientSession, StdioServerParameters, stdio_client  # noqa: PLC0415 - only where it is installed

    parameters = StdioServerParameters(command=sys.executable, args=["-c", MCP_SERVER])
    async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
        await session.initialize()
        yield lambda: session.call_tool("echo", {"text": "x" * 100})


def processor_us(pid: int) -> float:
    """Microseconds that a process has had a core."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e3


async def one_at_a_time(call: Echo, count: int) -> float:
    """Microseconds a call."""
    began = time.perf_counter()
    for _ in range(count):
        await call()
    return (time.perf_counter() - began) / count * 1e6


async def in_flight(call: Echo, count: int) -> float:
    """Microseconds a call, with so many open at once."""

    async def calls() -> None:
        for _ in range(count // IN_FLIGHT):
            await call()

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for _ in range(IN_FLIGHT):
            nursery.start_soon(calls)
    return (time.perf_counter() - began) / count * 1e6


class Floor:
    """A Python process that answers each read with what it read."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", FLOOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._out, self._in = self._process.stdin.fileno(), self._process.stdout.fileno()

    def ping_pong(self, count: int) -> float:
        """Microseconds for 129 bytes there and back."""
        message = b"x" * 129
        began = time.perf_counter()
        for _ in range(count):
            os.write(self._out, message)
            os.read(self._in, 65536)
        return (time.perf_counter() - began) / count * 1e6

    @property
    def pid(self) -> int:
        """Of the process that answers."""
        return self._process.pid

    def through(self, count: int) -> float:
        """Seconds for a megabyte there and back again, in pieces that fit a pipe."""
        piece = b"x" * 62_500
        began = time.perf_counter()
        for _ in range(count * BIG // len(piece)):
            os.write(self._out, piece)
            got = 0
            while got < len(piece):
                got += len(os.read(self._in, 65536))
        return (time.perf_counter() - began) / count

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def peak_mib(pid: int | str) -> float:
    """The largest resident size that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def measure_calls(peer: Peer, floor: Floor, pid: int) -> None:
    """Print the figures of small calls: by the clock, and as processor time of both sides."""
    params = pack(CallTool(tool="echo", arguments={"text": "x" * 100}, call="c", session="s"))
    rows: dict[str, list[tuple[float, float]]] = {}
    spent: dict[str, list[float]] = {}

    def echo() -> Awaitable[Any]:
        return peer.call("tool.call", params, timeout_s=30)

    def both(other: int) -> float:
        return processor_us(os.getpid()) + processor_us(other)

    async def round_of(name: str, call: Echo, count: int, bare: float) -> None:
        for manner, way in (("one at a time", one_at_a_time), (f"{IN_FLIGHT} in flight", in_flight)):
            before = both(pid)
            rows.setdefault(f"{name}, {manner}", []).append((await way(call, count), bare))
            spent.setdefault(f"{name}, {manner}", []).append((both(pid) - before) / count)

    async def all_rounds(mcp: Echo | None) -> None:
        for _ in range(ROUNDS):
            before = both(floor.pid)
            bare = floor.ping_pong(CALLS)
            rows.setdefault("pipe", []).append((bare, bare))
            spent.setdefault("pipe", []).append((both(floor.pid) - before) / CALLS)
            await round_of("Pegboard", echo, CALLS, bare)
            if mcp is not None:
                await round_of("MCP", mcp, CALLS // 10, bare)

    if importlib.util.find_spec("mcp") is None:
        await all_rounds(None)
    else:
        async with mcp_echo() as mcp:
            await all_rounds(mcp)
    least = min(spent["pipe"])
    for name, figures in rows.items():
        ratio = median(took / bare for took, bare in figures)
        best = min(took for took, _ in figures) / min(bare for _, bare in figures)
        took = median(took for took, _ in figures)
        line = f"{name:28} {took:9.1f} us  {ratio:6.1f} x a pipe's ping-pong, best {best:.1f}"
        own = (
            "" if name.startswith("MCP") else f"; processor {min(spent[name]):.1f} us, {min(spent[name]) / least:.1f} x"
        )
        print(line + own)


async def measure_bulk(peer: Peer, floor: Floor, pid: int) -> None:
    """Print the figures of long results and streams."""
    big = pack(CallTool(tool="big", arguments={"size": BIG}, call="c", session="s"))
    speeds, bare = [], []
    for _ in range(ROUNDS):
        bare.append(BIG / floor.through(BIG_CALLS) / 1e9)
        began = time.perf_counter()
        for _ in range(BIG_CALLS):
            await peer.call("tool.call", big, timeout_s=30)
        speeds.append(BIG * BIG_CALLS / (time.perf_counter() - began) / 1e9)
    print(f"{'1,000,000-byte results':28} {median(speeds):9.2f} GB/s (best {max(speeds):.2f}); pipe {median(bare):.2f}")
    stream = pack(CallTool(tool="stream", arguments={"size": STREAM}, call="c", session="s"))
    got, began = 0, time.perf_counter()
    async with peer.open("tool.call", stream) as call:
        async for item in call.items:
            got += memoryview(item).nbytes
        await call.result()
    speed = got / (time.perf_counter() - began) / 1e6
    print(f"{'1 GiB stream':28} {speed:9.0f} MB/s; peak {peak_mib('self'):.0f} MiB here, {peak_mib(pid):.0f} MiB there")


async def main() -> None:
    """Measure and print."""
    floor = Floor()
    async with plugin() as (peer, pid):
        await measure_calls(peer, floor, pid)
        await measure_bulk(peer, floor, pid)
    floor.close()


if __name__ == "__main__":
    trio.run(main)
