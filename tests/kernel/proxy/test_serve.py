"""The proxy over real sockets: what is granted goes through whole, all else is told and refused, and nothing hangs."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import ScriptedServer
from scripted_turn import Turn

from pegboard.proxy.hosts import Hosts, Refusal
from pegboard.proxy.serve import Bounds, serve

DEADLINE_S = 30
Handler = Callable[[trio.SocketStream], Any]


class Running:
    """A proxy, and what it told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.told: list[Refusal] = []
        self.asked: list[tuple[str, int]] = []

    async def open(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def talk(self, *pieces: bytes) -> bytes:
        """Send these and read to the end."""
        async with await self.open() as stream:
            with suppress(trio.BrokenResourceError):
                for piece in pieces:
                    await stream.send_all(piece)
            return await rest_of(stream)


async def rest_of(stream: trio.abc.ReceiveStream) -> bytes:
    got = b""
    with suppress(trio.BrokenResourceError):
        while data := await stream.receive_some(65536):
            got += data
    return got


@asynccontextmanager
async def proxy(
    allowed: Hosts, names: dict[str, Sequence[str]] | None = None, bounds: Bounds | None = None
) -> AsyncIterator[Running]:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    running = Running(listener.socket.getsockname()[1])

    async def resolve(host: str, port: int) -> Sequence[str]:
        running.asked.append((host, port))
        if host not in (names or {}):
            raise OSError("no such host")
        return (names or {})[host]

    with trio.fail_after(DEADLINE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve, listener, allowed, running.told.append, resolve, bounds)
            yield running
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[int]:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, handler, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


def connect(place: str) -> bytes:
    return f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode()


def own(port: int) -> Hosts:
    return Hosts.of(own=[f"127.0.0.1:{port}"])


async def echo(stream: trio.SocketStream) -> None:
    async for data in stream:
        await stream.send_all(data)
    await stream.send_eof()


async def test_a_tunnel_carries_every_byte_both_ways_and_its_end():
    data = bytes(range(256)) * 8000
    async with server(echo) as port, proxy(own(port)) as running:
        stream = await trio.open_tcp_stream("127.0.0.1", running.port)
        async with stream, trio.open_nursery() as nursery:
            await stream.send_all(connect(f"127.0.0.1:{port}") + b"early")
            assert (await stream.receive_some(19)).startswith(b"HTTP/1.1 200")

            async def say() -> None:
                await stream.send_all(data)
                await stream.send_eof()

            nursery.start_soon(say)
            assert (await rest_of(stream)).endswith(b"early" + data)
        assert running.told == []


async def test_a_server_may_speak_first():
    async def greet(stream: trio.SocketStream) -> None:
        await stream.send_all(b"SSH-2.0-x\r\n")
        await stream.receive_some(1)

    async with server(greet) as port, proxy(own(port)) as running:
        stream = await trio.open_tcp_stream("127.0.0.1", running.port)
        async with stream:
            await stream.send_all(connect(f"127.0.0.1:{port}"))
            got = b""
            while b"SSH-2.0-x\r\n" not in got:
                got += await stream.receive_some(4096)


REFUSED = [
    (connect("evil.test:443"), "evil.test:443 was not granted; a grant of evil.test would allow it"),
    (connect("127.0.0.1:1"), "127.0.0.1:1 is not public; a grant of 127.0.0.1:1 would allow it"),
    (connect("169.254.169.254:80"), "never allowed"),
    (connect("[::ffff:127.0.0.1]:80"), "never allowed"),
    (connect("2130706433:80"), "no host name that can be read in one way only"),
    (connect("rebind.test:443"), "rebind.test resolves to 127.0.0.1, which is not public"),
    (connect("mixed.test:443"), "mixed.test resolves to 10.0.0.1, which is not public"),
    (connect("meta.test:443"), "meta.test resolves to 169.254.169.254, which is not public"),
    (b"GET http://evil.test/x HTTP/1.1\r\nHost: evil.test\r\n\r\n", "evil.test:80 was not granted"),
    (b"GET http://rebind.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", "rebind.test resolves to 127.0.0.1"),
    (b"GET http://user@good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n", "no host name"),
]
NAMES = {"rebind.test": ["127.0.0.1"], "mixed.test": ["8.8.8.8", "10.0.0.1"], "meta.test": ["169.254.169.254"]}


@pytest.mark.parametrize(("request_", "words"), REFUSED)
async def test_what_is_refused_is_a_403_of_one_line_and_is_told(request_: bytes, words: str):
    async with proxy(Hosts.of(["rebind.test", "mixed.test", "meta.test", "good.test"]), NAMES) as running:
        answer = await running.talk(request_)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 403")
        assert body.startswith(b"pegboard refused this: ")
        assert body.count(b"\n") == 1
        assert words in body.decode()
        assert [words in str(refusal) for refusal in running.told] == [True]


async def test_a_name_that_is_not_granted_is_never_resolved():
    async with proxy(Hosts.of(["good.test"])) as running:
        await running.talk(connect("evil.test:443"))
        assert running.asked == []
        assert b" 502 " in (await running.talk(connect("good.test:443"))).splitlines()[0]
        assert running.asked == [("good.test", 443)]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET https://good.test/ HTTP/1.1\r\nHost: good.test\r\n\r\n",
        b"CONNECT good.test HTTP/1.1\r\nHost: good.test\r\n\r\n",
        b"CONNECT good.test:99999 HTTP/1.1\r\nHost: good.test\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello\r\n\r\n",
        b"GET http://good.test/ HTTP/1.1\r\n\r\n",
        b"POST http://good.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST http://good.test/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET http://good.test/ HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_request_for_a_proxy_is_a_400_and_reaches_nobody(request_: bytes):
    async with proxy(Hosts.of(["*"])) as running:
        answer = await running.talk(request_)
        assert answer.split(b" ")[1] in (b"400", b"501", b"431")
        assert running.asked == []


@given(st.binary(max_size=200), st.sampled_from([b"", b"CONNECT ", b"GET http://", connect("a.test:80")]))
@settings(max_examples=40)
def test_no_bytes_of_a_client_disturb_the_proxy(junk: bytes, start: bytes):
    async def scene() -> None:
        async with proxy(Hosts.of(["a.test"]), bounds=Bounds(wait_s=5)) as running:
            stream = await trio.open_tcp_stream("127.0.0.1", running.port)
            async with stream:
                with suppress(trio.BrokenResourceError):
                    await stream.send_all(start + junk)
                    await stream.send_eof()
                await rest_of(stream)
            assert b" 403 " in await running.talk(connect("evil.test:443"))

    trio.run(scene)


async def test_a_client_that_says_nothing_or_falls_silent_is_let_go():
    async with server(echo) as port, proxy(own(port), bounds=Bounds(wait_s=0.2, silence_s=0.5)) as running:
        assert await running.talk() == b""
        assert await running.talk(b"GET http://a") == b""
        assert (await running.talk(connect(f"127.0.0.1:{port}"))).startswith(b"HTTP/1.1 200")


async def test_connections_have_a_number_and_are_given_back():
    async with server(echo) as port, proxy(own(port), bounds=Bounds(connections=2)) as running:
        held = [await running.open() for _ in range(2)]
        for stream in held:
            await stream.send_all(connect(f"127.0.0.1:{port}"))
            await stream.receive_some(4096)
        assert await running.talk(connect("evil.test:443")) == b""
        for stream in held:
            await stream.aclose()
        while not await running.talk(connect("evil.test:443")):
            await trio.lowlevel.checkpoint()


# Plain requests.


async def test_a_plain_request_reaches_the_server_without_what_was_for_the_proxy():
    seen = b""

    async def answer(stream: trio.SocketStream) -> None:
        nonlocal seen
        while not seen.endswith(b"0\r\n\r\n"):
            seen += await stream.receive_some(4096)
        head = b"HTTP/1.1 201 Made\r\nX-A: 1\r\nConnection: x-hop\r\nX-Hop: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        await stream.send_all(head + b"5\r\nhello\r\n")
        await stream.send_all(b"0\r\n\r\n")

    async with server(answer) as port, proxy(own(port), bounds=Bounds(idle_s=0)) as running:
        got = await running.talk(
            f"POST http://127.0.0.1:{port}/a/b?c=d HTTP/1.1\r\nHost: evil.test\r\nProxy-Authorization: x\r\n".encode(),
            b"X-B: 2\r\nConnection: x-secret\r\nX-Secret: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"3\r\nabc\r\n0\r\n\r\n",
        )
        assert seen.startswith(
            f"POST /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode().replace(b"Host", b"host")
        ) or (seen.lower().startswith(f"post /a/b?c=d http/1.1\r\nhost: 127.0.0.1:{port}\r\n".encode()))
        assert b"evil.test" not in seen
        assert b"Proxy-Authorization" not in seen
        assert b"X-Secret" not in seen
        assert b"3\r\nabc\r\n0\r\n\r\n" in seen
        assert b" 201 Made\r\n" in got
        assert b"X-Hop" not in got
        assert b"5\r\nhello\r\n" in got


def get(port: int, path: str = "/") -> bytes:
    return f"GET http://127.0.0.1:{port}{path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


class Answering:
    """A server that answers each request with how many it had, on which connection; `last` of each closes."""

    def __init__(self, last: int = 1000, *, says_so: bool = False) -> None:
        self.connections = 0
        self._last = last
        self._says_so = says_so

    async def __call__(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        for number in range(1, self._last + 1):
            if not await stream.receive_some(4096):
                return
            body = f"{self.connections}.{number}".encode()
            bye = b"Connection: close\r\n" if self._says_so and number == self._last else b""
            await stream.send_all(b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (bye, len(body), body))
        await stream.aclose()


async def exchanged(stream: trio.SocketStream, request: bytes) -> bytes:
    """The body of an answer to one request of several."""
    await stream.send_all(request)
    got = b""
    while b"\r\n\r\n" not in got or got.endswith(b"\r\n\r\n"):
        more = await stream.receive_some(4096)
        assert more, got
        got += more
    return got.partition(b"\r\n\r\n")[2]


async def test_requests_follow_each_other_on_one_connection_to_the_server():
    async with server(Answering()) as port, proxy(own(port)) as running, await running.open() as stream:
        assert [await exchanged(stream, get(port)) for _ in range(3)] == [b"1.1", b"1.2", b"1.3"]


@pytest.mark.parametrize("says_so", [True, False])
async def test_a_server_that_has_closed_the_connection_is_asked_over_another(*, says_so: bool):
    answering = Answering(2, says_so=says_so)
    async with server(answering) as port, proxy(own(port)) as running, await running.open() as stream:
        assert [await exchanged(stream, get(port)) for _ in range(2)] == [b"1.1", b"1.2"]
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert [await exchanged(stream, get(port)) for _ in range(2)] == [b"2.1", b"2.2"]


async def test_each_request_on_a_connection_goes_to_its_own_server():
    async with server(Answering()) as one, server(Answering()) as two:
        both = Hosts.of(own=[f"127.0.0.1:{one}", f"127.0.0.1:{two}"])
        async with proxy(both) as running, await running.open() as stream:
            assert [await exchanged(stream, get(port)) for port in (one, two, one)] == [b"1.1", b"1.1", b"2.1"]


@pytest.mark.parametrize("together", [True, False])
async def test_each_request_on_a_connection_is_judged(*, together: bool):
    evil = b"GET http://evil.test/ HTTP/1.1\r\nHost: a\r\n\r\n"
    async with server(Answering()) as port, proxy(own(port)) as running:
        pieces = [get(port) + evil] if together else [get(port), evil]
        got = await running.talk(*pieces, get(port))
        assert got.count(b"HTTP/1.1 200") == 1
        assert got.count(b"HTTP/1.1 403") == 1
        assert got.count(b"HTTP/1.1 ") == 2
        assert len(running.told) == 1
        assert running.asked == []


async def test_no_request_after_another_becomes_a_tunnel_to_what_was_not_granted():
    async with server(Answering()) as port, proxy(own(port)) as running:
        got = await running.talk(get(port), connect("evil.test:443"))
        assert b"HTTP/1.1 403" in got


async def test_what_goes_on_after_its_end_is_the_next_request_and_no_part_of_the_first():
    seen = b""

    async def answer(stream: trio.SocketStream) -> None:
        nonlocal seen
        seen += await stream.receive_some(4096)
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        seen += await stream.receive_some(4096)

    async with server(answer) as port, proxy(own(port)) as running:
        smuggled = b"GET /admin HTTP/1.1\r\nHost: inner\r\n\r\n"
        got = await running.talk(get(port) + smuggled)
        assert got.count(b"HTTP/1.1 400") == 1
        assert b"admin" not in seen


async def test_a_client_that_asks_for_nothing_more_is_let_go():
    async with server(Answering()) as port, proxy(own(port), bounds=Bounds(idle_s=0.1)) as running:
        assert (await running.talk(get(port))).endswith(b"1.1")


async def test_an_answer_that_is_no_http_ends_the_connection():
    async def lie(stream: trio.SocketStream) -> None:
        await stream.receive_some(4096)
        await stream.send_all(b"hello, I am no HTTP server\r\n\r\n")

    async with server(lie) as port, proxy(own(port)) as running:
        assert b"hello" not in await running.talk(f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: a\r\n\r\n".encode())


# TLS.


def first_words(name: str) -> bytes:
    context = ssl.create_default_context()
    said = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), said, server_hostname=name).do_handshake()
    return said.read()


@pytest.mark.parametrize(("name", "passes"), [("localhost", True), ("evil.test", False)])
async def test_tls_for_another_host_than_the_one_that_was_judged_goes_nowhere(name: str, passes: bool):
    seen = b""
    over = trio.Event()

    async def listen(stream: trio.SocketStream) -> None:
        nonlocal seen
        seen = await rest_of(stream)
        over.set()

    async with server(listen) as port, proxy(Hosts.of(own=[f"localhost:{port}"])) as running:
        stream = await trio.open_tcp_stream("127.0.0.1", running.port)
        async with stream:
            await stream.send_all(connect(f"localhost:{port}"))
            assert (await stream.receive_some(4096)).startswith(b"HTTP/1.1 200")
            hello = first_words(name)
            with suppress(trio.BrokenResourceError):
                await stream.send_all(hello[:20])
                await stream.send_all(hello[20:])
                await stream.send_eof()
            await over.wait()
        assert seen == (hello if passes else b"")
        assert [refusal.reason for refusal in running.told] == (
            [] if passes else ["TLS to localhost asked for 'evil.test'"]
        )


# From a network namespace of its own, as a confined process has it.

CONFINED = """
import array, ctypes, fcntl, os, socket, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
flags = 0x40000000 | (0x10000000 if os.geteuid() else 0)
if libc.unshare(flags):
    sys.exit(77)
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, up and running
listener = socket.create_server(("127.0.0.1", 0))
pipe = socket.socket(fileno=int(sys.argv[1]))
socket.send_fds(pipe, [b"P"], [listener.fileno()])
address = f"http://127.0.0.1:{listener.getsockname()[1]}"
os.environ.update({name: address for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")})
base = sys.argv[2]
try:
    socket.create_connection(("127.0.0.1", int(base.split(":")[2].split("/")[0])), 5)
except OSError as error:
    print("direct:", error.errno)
import openai
client = openai.OpenAI(base_url=base, api_key="k", max_retries=0, timeout=20)
stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True)
print("said:", "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices))
try:
    openai.OpenAI(base_url="http://other.test/v1", api_key="k", max_retries=0).models.list()
except openai.PermissionDeniedError as error:
    print("refused:", error.response.text.strip())
try:
    openai.OpenAI(base_url="https://other.test/v1", api_key="k", max_retries=0).models.list()
except openai.APIConnectionError as error:
    print("refused:", error.__cause__)
"""


async def test_a_process_without_a_network_reaches_a_model_server_through_the_proxy_and_nothing_else(tmp_path: Path):
    ours, theirs = socket.socketpair()
    with ScriptedServer([Turn("hello from the model")], strict=False) as model, ours, theirs:
        said: list[str] = []
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                command = [sys.executable, "-I", "-c", CONFINED, str(theirs.fileno()), model.url]

                async def run() -> None:
                    done = await trio.run_process(
                        command, pass_fds=[theirs.fileno()], capture_stdout=True, stderr=subprocess.STDOUT, check=False
                    )
                    said.append(done.stdout.decode())
                    nursery.cancel_scope.cancel()
                    if done.returncode == 77:
                        said.append("no namespaces")

                nursery.start_soon(run)
                taking = trio.socket.from_stdlib_socket(ours)
                await trio.lowlevel.wait_readable(taking)
                mark, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
                listener = trio.SocketListener(trio.socket.from_stdlib_socket(socket.socket(fileno=descriptors[0])))
                told: list[Refusal] = []
                assert mark == b"P"
                await serve(listener, Hosts.of(own=[model.url]), told.append)
    if "no namespaces" in said:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs network namespaces")
    assert "Traceback" not in said[0], said[0]
    lines = said[0].splitlines()
    assert lines[0] == "direct: 111"
    assert lines[1] == "said: hello from the model"
    assert (
        lines[2]
        == "refused: pegboard refused this: other.test:80 was not granted; a grant of other.test would allow it"
    )
    assert "403" in lines[3]
    assert [refusal.host for refusal in told] == ["other.test", "other.test"]
