"""Twenty plugins of the kernel's own environment at once, beside twenty bare interpreters, in one run.

    python tests/bench/spawn.py [COUNT]

Prints how long until all are ready, and what each costs in memory (proportional set size, so that what is shared counts
once). Figures to hold: 60 ms for twenty, 1.5 MiB each.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import trio

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from plugin_shelf import Shelf, told

from pegboard_sdk.wire.methods import TOOL_CALL

ROUNDS = 5
CALLS = 2000
TINY = '''
"""Echoes."""
from pegboard_sdk import Plugin

plugin = Plugin("NAME")


@plugin.tool(name="NAME_do", effect="read")
def do(mode: str, arg: str = "") -> str:
    """Echoes."""
    return arg
'''


def pss_kib(pid: int) -> int:
    """The proportional set size of a process."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def interpreters(count: int) -> float:
    """Seconds for so many `python -I -S -c pass`, all at once."""
    began = time.perf_counter()
    running = [subprocess.Popen([sys.executable, "-I", "-S", "-c", "pass"]) for _ in range(count)]
    for one in running:
        one.wait()
    return time.perf_counter() - began


async def plugins(count: int, folder: Path) -> tuple[float, float, float, float]:
    """Seconds for all, seconds for one more, KiB for each, seconds a call."""
    shelf = Shelf(folder)
    names = [shelf.add(f"p{number}", TINY) for number in range(count + 1)]
    async with shelf.board() as board:
        await trio.sleep(0.5)  # the kernel imports trio meanwhile; a spawner that is still importing is another figure
        began = time.perf_counter()
        await board.warm(names[:1])
        alone = time.perf_counter() - began
        began = time.perf_counter()
        problems = await board.warm(names[1:])
        together = time.perf_counter() - began
        assert not problems, problems
        each = sum(pss_kib(status.pid) for status in board.status()) / (count + 1)
        params = told(names[0], "echo", "x" * 100)
        began = time.perf_counter()
        for _ in range(CALLS):
            await board.call(names[0], TOOL_CALL, params)
        return together, alone, each, (time.perf_counter() - began) / CALLS


def ping_pong() -> float:
    """Seconds for 100 bytes through a pipe to a Python process and back."""
    code = "import os\nwhile data := os.read(0, 200): os.write(1, data)"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as child:
        assert child.stdin
        assert child.stdout
        began = time.perf_counter()
        for _ in range(CALLS):
            child.stdin.write(b"x" * 100)
            child.stdout.read(200)
        taken = (time.perf_counter() - began) / CALLS
        child.stdin.close()
    return taken


def main() -> None:
    """Alternate, so that a busy machine is busy for both."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    bare, forked, pipe = [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            bare.append(interpreters(count))
            pipe.append(ping_pong())
            forked.append(trio.run(plugins, count, Path(folder)))
    together, alone, each, call = (median(column) for column in zip(*forked, strict=True))
    rows = [
        (f"{count} bare interpreters to their end", f"{median(bare) * 1000:8.1f} ms"),
        (f"{count} plugins to ready", f"{together * 1000:8.1f} ms   best {min(row[0] for row in forked) * 1000:.1f}"),
        ("one plugin to ready", f"{alone * 1000:8.1f} ms"),
        ("a plugin's memory (PSS)", f"{each / 1024:8.2f} MiB"),
        ("100 bytes there and back, pipe", f"{median(pipe) * 1e6:8.1f} us"),
        ("100 bytes there and back, board and plugin", f"{call * 1e6:8.1f} us   {call / median(pipe):.1f} times"),
    ]
    for name, figure in rows:
        sys.stdout.write(f"{name:45}{figure}\n")


if __name__ == "__main__":
    main()
