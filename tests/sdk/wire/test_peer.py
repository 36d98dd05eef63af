"""The trio peer against another peer and against a scripted end that may do anything."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from trio.testing import MockClock

from pegboard_sdk.errors import (
    CallCancelled,
    ChannelPolluted,
    DeadlineExceeded,
    Effect,
    FlowControl,
    FrameTruncated,
    Internal,
    InvalidMessage,
    MethodNotFound,
    PegboardError,
    PermissionDenied,
    PluginDown,
    ProtocolViolation,
    RateLimited,
    StartFailed,
    TooLarge,
    VersionMismatch,
)
from pegboard_sdk.wire.codec import decode_frame, pack
from pegboard_sdk.wire.framing import Framer, encode
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import (
    Bye,
    Call,
    Cancel,
    Credit,
    Data,
    Error,
    Event,
    Frame,
    Hello,
    Identity,
    Limits,
    Log,
    Ping,
    Pong,
    Progress,
    Ready,
    Result,
)
from pegboard_sdk.wire.methods import USER_ASK
from pegboard_sdk.wire.peer import Peer
from pegboard_sdk.wire.proof import proof_of
from pegboard_sdk.wire.served import Notice

HELLO = Hello(0, [1], b"t" * 32, Limits(), Identity("kernel", "0"))
Handler = Callable[[InboundCall], Awaitable[Raw]]


def ready(limits: Limits | None = None) -> Ready:
    return Ready(0, 1, proof_of(b"t" * 32, b"m"), "plugin", "0", b"m", limits or Limits())


class Owner:
    """Answers with a function, and remembers what it was told."""

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler
        self.notices: list[Notice] = []
        self.late: list[tuple[int, Result | Error]] = []
        self.unresponsive: list[str] = []
        self.ended: list[str] = []

    async def serve(self, call: InboundCall) -> Raw:
        if self.handler is None:
            raise MethodNotFound(call.method)
        try:
            return await self.handler(call)
        finally:
            self.ended.append(call.method)

    def on_notice(self, frame: Notice) -> None:
        self.notices.append(frame)

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        self.late.append((call_id, frame))

    def on_unresponsive(self, why: str) -> None:
        self.unresponsive.append(why)


class Script:
    """The other end of a kernel's peer, frame by frame."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read = trio.lowlevel.FdStream(read_fd)
        self._write = trio.lowlevel.FdStream(write_fd)
        self._framer = Framer()
        self._frames: list[Frame] = []

    async def send(self, *frames: Frame) -> None:
        await self._write.send_all(b"".join(encode(frame) for frame in frames))

    async def send_bytes(self, data: bytes) -> None:
        await self._write.send_all(data)

    async def next(self) -> Frame:
        while not self._frames:
            data = await self._read.receive_some(1 << 16)
            assert data, "the peer closed its channel"
            self._frames.extend(decode_frame(body) for body in self._framer.feed(data))  # type: ignore[misc]
        return self._frames.pop(0)

    async def close(self) -> None:
        await self._write.aclose()
        await self._read.aclose()


@asynccontextmanager
async def scripted(owner: Owner | None = None, limits: Limits | None = None) -> AsyncIterator[tuple[Peer, Script]]:
    """A greeted kernel's peer and a scripted plugin."""
    (peer_in, script_out), (script_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=limits or Limits(), served=owner or Owner())
    script = Script(script_in, script_out)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(peer.run)
            await script.send(ready())
            await peer.greet(HELLO)
            assert isinstance(await script.next(), Hello)
            yield peer, script
            await script.close()


@asynccontextmanager
async def connected(
    kernel: Owner, plugin: Owner, *, limits: Limits | None = None, theirs: Limits | None = None
) -> AsyncIterator[tuple[Peer, Peer]]:
    """Two greeted peers."""
    (kernel_in, plugin_out), (plugin_in, kernel_out) = os.pipe(), os.pipe()
    ours = Peer(kernel_in, kernel_out, side=Side.KERNEL, limits=limits or Limits(), served=kernel)
    other = Peer(plugin_in, plugin_out, side=Side.PLUGIN, limits=theirs or Limits(), served=plugin)
    hello = Hello(0, [1], b"t" * 32, limits or Limits(), Identity("kernel", "0"))
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ours.run)
            nursery.start_soon(other.run)

            async def answer() -> None:
                await other.hello()
                await other.notify(ready(theirs))

            nursery.start_soon(answer)
            await ours.greet(hello)
            yield ours, other
            nursery.cancel_scope.cancel()


async def until(is_so: Callable[[], object]) -> None:
    """Both ends run in this loop: what is to happen needs turns, not time."""
    while not is_so():  # noqa: ASYNC110 - nothing tells when a peer is done
        await trio.sleep(0.001)


async def echo(call: InboundCall) -> Raw:
    return Raw(bytes(call.params))


async def hang(_call: InboundCall) -> Raw:
    await trio.sleep_forever()
    raise AssertionError


# Greeting.


async def test_an_echo_of_our_own_hello_is_no_handshake() -> None:
    (peer_in, script_out), (script_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=Owner())
    script = Script(script_in, script_out)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def run() -> None:
            with pytest.raises(ProtocolViolation, match="Hello may not come before the handshake"):
                await peer.run()

        await script.send(HELLO)
        with pytest.raises(StartFailed, match="Hello may not come"):
            await peer.greet(HELLO)
    await script.close()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Bye(0, "START_FAILED", "no such module"), StartFailed, "no such module"),
        (Bye(0, "VERSION_MISMATCH", "wire 9"), VersionMismatch, "wire 9"),
        (Bye(0, "INTERNAL", "oops"), StartFailed, "INTERNAL: oops"),
        (Ready(0, 9, b"", "p", "0", b"m", Limits()), VersionMismatch, "wire 9"),
        (Ready(0, 1, b"wrong", "p", "0", b"m", Limits()), StartFailed, "proof"),
        (Result(2), StartFailed, "Result may not come before"),
    ],
)
async def test_a_handshake_that_fails_says_why(answer: Frame, kind: type[Exception], words: str) -> None:
    (peer_in, script_out), (script_in, peer_out) = os.pipe(), os.pipe()
    owner = Owner()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=owner)
    script = Script(script_in, script_out)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def run() -> None:
            try:
                await peer.run()
            except ProtocolViolation:
                assert isinstance(answer, Result)

        await script.send(Log(0, 6, "starting"), answer)
        with pytest.raises(kind, match=words):
            await peer.greet(HELLO)
        await script.close()
    assert isinstance(owner.notices[0], Log)


async def test_a_plugin_that_ends_during_the_handshake_is_a_failed_start() -> None:
    (peer_in, script_out), (script_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=Owner())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(peer.run)
        os.close(script_out)
        os.close(script_in)
        with pytest.raises(StartFailed, match="closed its channel before"):
            await peer.greet(HELLO)


# Calls.


async def test_calls_go_both_ways_at_once() -> None:
    async with connected(Owner(echo), Owner(echo)) as (kernel, plugin):
        async with trio.open_nursery() as nursery:
            for number in range(50):

                @nursery.start_soon
                async def down(number: int = number) -> None:
                    assert await kernel.call("a", pack(number)) == pack(number)

                @nursery.start_soon
                async def up(number: int = number) -> None:
                    assert await plugin.call("b", pack(number)) == pack(number)

        assert kernel.open_calls == plugin.open_calls == 0


async def test_thousands_of_calls_wait_for_their_slots_and_leave_nothing() -> None:
    done = 0
    async with connected(Owner(), Owner(echo), theirs=Limits(max_calls=8)) as (kernel, _):

        async def one(number: int) -> None:
            nonlocal done
            assert await kernel.call("a", pack(number)) == pack(number)
            done += 1

        async with trio.open_nursery() as nursery:
            for number in range(2000):
                nursery.start_soon(one, number)
        assert kernel.open_calls == 0
    assert done == 2000


async def test_errors_keep_their_code_effect_and_delay() -> None:
    async def refuse(_call: InboundCall) -> Raw:
        raise RateLimited("slower", effect=Effect.DONE, retry_ms=250)

    async with connected(Owner(), Owner(refuse)) as (kernel, _):
        with pytest.raises(RateLimited, match="slower") as caught:
            await kernel.call("a", pack(None))
    assert (caught.value.effect, caught.value.retry_ms) == (Effect.DONE, 250)


async def test_a_bug_in_a_handler_is_an_internal_error() -> None:
    async def buggy(_call: InboundCall) -> Raw:
        raise ZeroDivisionError("x")

    async with connected(Owner(), Owner(buggy)) as (kernel, _):
        with pytest.raises(Internal, match="ZeroDivisionError: x"):
            await kernel.call("a", pack(None))


async def test_prepare_gets_the_id_before_the_frame_leaves() -> None:
    async with scripted() as (peer, script), trio.open_nursery() as nursery:
        seen: list[int] = []

        @nursery.start_soon
        async def call() -> None:
            await peer.call("a", pack(None), prepare=seen.append)

        frame = await script.next()
        assert isinstance(frame, Call)
        assert seen == [frame.id]
        await script.send(Result(frame.id))


async def test_params_larger_than_the_other_side_takes_are_refused_here() -> None:
    async with connected(Owner(), Owner(echo), theirs=Limits(max_frame=1 << 16)) as (kernel, _):
        with pytest.raises(TooLarge, match="65536"):
            await kernel.call("a", pack("x" * (1 << 16)))
        assert await kernel.call("a", pack("x")) == pack("x")


@pytest.mark.parametrize("size", [1 << 18, 1 << 20, 5_000_000])
async def test_long_values_arrive_whole(size: int) -> None:
    async with connected(Owner(), Owner(lambda _call: long_value(size))) as (kernel, _):
        assert await kernel.call("a", pack(None)) == pack("x" * size)
        async with kernel.open("a", pack(None)) as call:
            assert [item async for item in call.items] == []
            assert await call.result() == pack("x" * size)


async def long_value(size: int) -> Raw:
    return pack("x" * size)


async def test_a_long_value_without_a_stream_is_too_large() -> None:
    async with scripted(Owner(lambda _call: long_value(2 << 20))) as (_, script):
        await script.send(Call(1, "a"))
        end = await script.next()
        assert isinstance(end, Error)
        assert end.code == "TOO_LARGE"


# Cancelling.


async def test_a_cancelled_call_says_so_and_its_late_end_is_told() -> None:
    owner = Owner()
    async with scripted(owner) as (peer, script):
        with trio.move_on_after(0.05):
            await peer.call("a", pack(None), grace_ms=100)
        call, cancel = await script.next(), await script.next()
        assert isinstance(call, Call)
        assert cancel == Cancel(call.id, "user", 100)
        assert peer.open_calls == 1
        await script.send(Result(call.id, pack("late")), Ping(0, 1))
        assert isinstance(await script.next(), Pong)
        assert owner.late == [(call.id, Result(call.id, pack("late")))]
        assert peer.open_calls == 0


async def test_a_call_that_ignores_its_cancel_is_unresponsive(autojump_clock: MockClock) -> None:
    owner = Owner()
    async with scripted(owner) as (peer, _):
        with trio.move_on_after(1):
            await peer.call("slow", pack(None), grace_ms=100)
        assert owner.unresponsive == []
        await trio.sleep(0.65)
        assert len(owner.unresponsive) == 1
        assert "`slow` was cancelled" in owner.unresponsive[0]


async def test_the_deadline_is_kept_here_whatever_the_other_side_does(autojump_clock: MockClock) -> None:
    owner = Owner()
    async with scripted(owner) as (peer, script):
        with pytest.raises(DeadlineExceeded):
            await peer.call("a", pack(None), timeout_s=5)
        call, cancel = await script.next(), await script.next()
        assert isinstance(call, Call)
        assert call.timeout_ms == 5000
        assert isinstance(cancel, Cancel)
        assert cancel.why == "timeout"


async def test_the_other_side_keeps_the_deadline_too(autojump_clock: MockClock) -> None:
    plugin = Owner(hang)
    async with connected(Owner(), plugin) as (kernel, _):
        with pytest.raises(DeadlineExceeded):
            await kernel.call("a", pack(None), timeout_s=5)
        await trio.sleep(0.1)
        assert plugin.ended == ["a"]
        assert kernel.open_calls == 0


async def test_cancelling_before_the_start_sends_nothing() -> None:
    async with scripted() as (peer, script):
        with trio.CancelScope() as scope:
            scope.cancel()
            await peer.call("a", pack(None))
        await peer.notify(Event(0, "next"))
        assert isinstance(await script.next(), Event)


async def test_cancelling_a_call_cancels_what_was_asked_for_it() -> None:
    kernel_owner = Owner(hang)

    async def asks_back(call: InboundCall) -> Raw:
        return await peers[1].call("back", pack(None), parent=call.id)

    peers: list[Peer] = []
    async with connected(kernel_owner, Owner(asks_back)) as pair:
        peers.extend(pair)
        with trio.move_on_after(0.2):
            await pair[0].call("a", pack(None))
        await until(lambda: kernel_owner.ended and not pair[0].open_calls and not pair[1].open_calls)
        assert kernel_owner.ended == ["back"]


async def test_a_call_must_serve_an_open_call() -> None:
    async with connected(Owner(echo), Owner()) as (_, plugin):
        with pytest.raises(PermissionDenied, match="serves call 2, which is not open"):
            await plugin.call("a", pack(None), parent=2)


async def test_the_clock_stands_still_while_a_person_is_asked(autojump_clock: MockClock) -> None:
    async def person(_call: InboundCall) -> Raw:
        await trio.sleep(30)
        return pack("yes")

    async def asks(call: InboundCall) -> Raw:
        call.scope.deadline = float("inf")
        return await peers[1].call(USER_ASK, pack(None), parent=call.id)

    peers: list[Peer] = []
    async with connected(Owner(person), Owner(asks)) as pair:
        peers.extend(pair)
        assert await pair[0].call("a", pack(None), timeout_s=5) == pack("yes")


# Streams.


async def test_a_stream_arrives_in_order_with_progress_and_its_end() -> None:
    async def count(call: InboundCall) -> Raw:
        for number in range(1000):
            await call.send(pack(number))
            call.progress(number, 1000)
        return pack("end")

    async with connected(Owner(), Owner(count)) as (kernel, _), kernel.open("a", pack(None), window=6400) as call:
        seen: list[Progress] = []
        call.on_progress = seen.append
        assert [item async for item in call.items] == [pack(number) for number in range(1000)]
        assert await call.result() == pack("end")
        assert seen[-1].done == 999


async def test_a_slow_reader_holds_its_sender_and_nobody_else() -> None:
    sent = 0

    async def flood(call: InboundCall) -> Raw:
        nonlocal sent
        if call.method == "echo":
            return Raw(bytes(call.params))
        while True:
            await call.send(pack(b"x" * 1000))
            sent += 1

    async with connected(Owner(), Owner(flood)) as (kernel, _), kernel.open("a", pack(None), window=64_000) as call:
        await call.items.__anext__()
        for _ in range(50):
            assert await kernel.call("echo", pack(1)) == pack(1)
        assert sent <= 66


async def test_items_that_came_before_an_error_are_given_out_before_it() -> None:
    async def fails(call: InboundCall) -> Raw:
        for number in range(10):
            await call.send(pack(number))
        raise MethodNotFound("after all")

    async with connected(Owner(), Owner(fails)) as (kernel, _), kernel.open("a", pack(None)) as call:
        await until(lambda: call.is_over)
        assert [await call.items.__anext__() for _ in range(10)] == [pack(number) for number in range(10)]
        with pytest.raises(MethodNotFound, match="after all"):
            await call.items.__anext__()


@pytest.mark.parametrize("ends", ["connection", "deadline"])
async def test_items_outlive_the_connection_and_the_time_of_their_call(ends: str) -> None:
    async def waits(call: InboundCall) -> Raw:
        await call.send(pack("last words"))
        call.progress(1)
        await trio.sleep_forever()
        raise AssertionError

    timeout_s = 0.2 if ends == "deadline" else None
    async with (
        connected(Owner(), Owner(waits)) as (kernel, _),
        kernel.open("a", pack(None), timeout_s=timeout_s) as call,
    ):
        came = trio.Event()
        call.on_progress = lambda _: came.set()
        await came.wait()
        if ends == "connection":
            kernel.fail(PluginDown("gone"))
        await until(lambda: call.is_over)
        assert await call.items.__anext__() == pack("last words")
        with pytest.raises((PluginDown, DeadlineExceeded)):
            await call.items.__anext__()


async def test_a_sender_may_overdraw_once_and_no_more() -> None:
    (peer_in, script_out), (script_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=Owner())
    script = Script(script_in, script_out)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def run() -> None:
            with pytest.raises(FlowControl, match="beyond its credit"):
                await peer.run()
            peer.fail(PluginDown("gone"))

        await script.send(ready())
        await peer.greet(HELLO)
        async with peer.open("a", pack(None), window=100) as call:
            await script.send(Data(2, pack("x" * 1000)), Data(2, pack("y")))
            await until(lambda: call.is_over)
            with pytest.raises(PluginDown):
                await call.result()
        assert isinstance(await script.next(), Hello)
        assert isinstance(await script.next(), Call)
        farewell = await script.next()
        assert isinstance(farewell, Bye)
        assert farewell.code == "FLOW_CONTROL"
    await script.close()


async def test_leaving_a_stream_cancels_it() -> None:
    plugin = Owner(hang)
    async with connected(Owner(), plugin) as (kernel, _):
        async with kernel.open("a", pack(None)):
            await kernel.ping()
        await until(lambda: not kernel.open_calls)
        assert plugin.ended == ["a"]


async def test_result_throws_away_what_was_not_taken() -> None:
    async def count(call: InboundCall) -> Raw:
        for _ in range(10_000):
            await call.send(pack("some item"))
        return pack("end")

    async with connected(Owner(), Owner(count)) as (kernel, _), kernel.open("a", pack(None), window=6400) as call:
        assert await call.result() == pack("end")


# What breaks the wire, and what only costs a call.


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"Traceback (most recent call last)", ChannelPolluted),
        (b"\x00\x00\x00\x01\x90", ProtocolViolation),
        (b"\x00\xff\xff\xff", ProtocolViolation),
        (b"\x00\x00\x00\x02\xc0\xc0", ProtocolViolation),
        (b"\x00\x00\x00\x03\x92\x1e\x00", ProtocolViolation),
        (encode(Result(2)), ProtocolViolation),
        (encode(Result(7)), ProtocolViolation),
        (encode(Data(2, pack(1))), ProtocolViolation),
        (encode(Call(2, "a")), ProtocolViolation),
        (encode(Call(3, "a")) + encode(Call(3, "a")), ProtocolViolation),
        (encode(Call(3, "a")) + encode(Call(1, "a")), ProtocolViolation),
        (encode(ready()), ProtocolViolation),
        (encode(Bye(0)) + encode(Ping(0, 1)), ProtocolViolation),
        (encode(Ping(0, 1))[:-1], FrameTruncated),
    ],
)
async def test_what_may_not_come_ends_the_connection_by_name(data: bytes, kind: type[Exception]) -> None:
    (peer_in, script_out), (script_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=Owner(echo))
    script = Script(script_in, script_out)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def run() -> None:
            with pytest.raises(kind) as caught, trio.fail_after(20):
                await peer.run()
            assert type(caught.value) is kind

        await script.send(ready())
        await peer.greet(HELLO)
        await script.send_bytes(data)
        await script.close()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x93\x12\x02\x05", InvalidMessage),  # an error whose code is a number
        (b"\x93\x17\x02\xa1x", InvalidMessage),  # progress that is text
    ],
)
async def test_a_frame_with_bad_fields_fails_its_call_alone(body: bytes, kind: type[PegboardError]) -> None:
    async with scripted() as (peer, script), trio.open_nursery() as nursery:

        @nursery.start_soon
        async def call() -> None:
            with pytest.raises(kind, match="could not be read"):
                await peer.call("a", pack(None))

        assert isinstance(await script.next(), Call)
        await script.send_bytes(len(body).to_bytes(4, "big") + body)
        await script.send(Ping(0, 5))
        while not isinstance(await script.next(), Pong):
            pass


async def test_a_call_with_bad_fields_is_answered() -> None:
    async with scripted() as (_, script):
        body = b"\x93\x10\x01\x05"
        await script.send_bytes(len(body).to_bytes(4, "big") + body)
        end = await script.next()
        assert isinstance(end, Error)
        assert (end.id, end.code, end.effect) == (1, "INVALID_MESSAGE", 0)


async def test_frames_for_calls_that_ended_are_ignored() -> None:
    async with scripted() as (peer, script), trio.open_nursery() as nursery:
        nursery.start_soon(peer.call, "a", pack(None))
        assert isinstance(await script.next(), Call)
        await script.send(Result(2), Result(2), Data(2, pack(1)), Progress(2), Cancel(9), Credit(9, 1), Ping(0, 1))
        assert isinstance(await script.next(), Pong)


async def test_kinds_to_be_ignored_are_ignored() -> None:
    async with scripted() as (_, script):
        await script.send_bytes(b"\x00\x00\x00\x03\x92\x40\x00")
        await script.send(Ping(0, 1))
        assert isinstance(await script.next(), Pong)


async def test_ping_is_answered_among_a_flood_of_data() -> None:
    async def flood(call: InboundCall) -> Raw:
        for _ in range(200):
            await call.send(pack(b"x" * 60_000))
        return pack("end")

    async with connected(Owner(), Owner(flood)) as (kernel, _), kernel.open("a", pack(None), window=1 << 22) as call:
        assert await kernel.ping() == 1
        assert await call.result() == pack("end")


async def test_every_open_call_gets_the_reason_when_the_other_side_is_gone() -> None:
    reasons: list[str] = []
    async with scripted() as (peer, script):

        async def call() -> None:
            with pytest.raises(PluginDown) as caught:
                await peer.call("a", pack(None))
            reasons.append(caught.value.message)

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(call)
            for _ in range(10):
                await script.next()
            peer.fail(PluginDown("killed by signal 9"))
        with pytest.raises(PluginDown):
            await peer.call("a", pack(None))
        with pytest.raises(PluginDown):
            await peer.ping()
    assert reasons == ["killed by signal 9"] * 10


async def test_both_descriptors_are_closed_at_the_end() -> None:
    before = len(os.listdir("/dev/fd"))
    async with connected(Owner(), Owner(echo)) as (kernel, _):
        await kernel.call("a", pack(1))
    assert len(os.listdir("/dev/fd")) == before


# Any schedule.

PLANS = st.lists(
    st.tuples(
        st.sampled_from(["echo", "fail", "hang", "stream", "back", "long"]),
        st.sampled_from([None, 0.001, 0.01, 0.05]),
        st.sampled_from(["wait", "cancel", "leave"]),
    ),
    min_size=1,
    max_size=25,
)


@given(plans=PLANS, slots=st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_whatever_happens_each_call_ends_once_and_nothing_is_left(
    plans: list[tuple[str, float | None, str]], slots: int
) -> None:
    trio.run(_play, plans, slots)


async def _play(plans: list[tuple[str, float | None, str]], slots: int) -> None:
    peers: list[Peer] = []
    ends: list[str] = []

    async def back(call: InboundCall) -> Raw:
        return await peers[1].call("echo", call.params, parent=call.id)

    async def fail(_call: InboundCall) -> Raw:
        raise MethodNotFound("on purpose")

    async def stream(call: InboundCall) -> Raw:
        for number in range(100):
            await call.send(pack(number))
        return Raw(bytes(call.params))

    handlers = {"echo": echo, "fail": fail, "hang": hang, "stream": stream, "back": back, "long": _long}

    async def play(method: str, seconds: float | None, ending: str) -> None:
        with (
            trio.move_on_after(0.02 if ending == "cancel" or seconds is None else 10),
            suppress(MethodNotFound, DeadlineExceeded, CallCancelled, StopAsyncIteration),
        ):
            async with peers[0].open(method, pack(method), window=2000, timeout_s=seconds) as call:
                if ending == "leave":
                    await call.items.__anext__()
                else:
                    await call.result()
        ends.append(method)

    plugin = Owner(lambda call: handlers[call.method](call))
    async with connected(Owner(echo), plugin, theirs=Limits(max_calls=slots)) as pair:
        peers.extend(pair)
        async with trio.open_nursery() as nursery:
            for plan in plans:
                nursery.start_soon(play, *plan)
        with trio.fail_after(20):
            await until(lambda: not pair[0].open_calls and not pair[1].open_calls)
        assert await pair[0].ping() == 0
    assert len(ends) == len(plans)


async def _long(_call: InboundCall) -> Raw:
    return pack("x" * 700_000)


# Lone calls to a side that answers at once, from another thread.


def answering(read_fd: int, write_fd: int, answers: int, then: bytes = b"") -> None:
    framer = Framer()
    while answers:
        for body in framer.feed(os.read(read_fd, 1 << 16)):
            frame = decode_frame(body)
            if isinstance(frame, Call):
                answers -= 1
                os.write(write_fd, encode(Result(frame.id, frame.params)) if answers or not then else then)


async def test_quick_calls_in_a_row_leave_turns_to_other_tasks() -> None:
    (peer_in, thread_out), (thread_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=Owner())
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(peer.run)
            os.write(thread_out, encode(ready()))
            await peer.greet(HELLO)
            nursery.start_soon(trio.to_thread.run_sync, answering, thread_in, thread_out, 500)
            nursery.start_soon(count)
            for number in range(500):
                assert await peer.call("a", pack(number)) == pack(number)
            nursery.cancel_scope.cancel()
    assert turns > 10
    os.close(thread_in)
    os.close(thread_out)


async def test_garbage_instead_of_a_quick_answer_is_named_all_the_same() -> None:
    (peer_in, thread_out), (thread_in, peer_out) = os.pipe(), os.pipe()
    peer = Peer(peer_in, peer_out, side=Side.KERNEL, limits=Limits(), served=Owner())

    async def run() -> None:
        with pytest.raises(ChannelPolluted):
            await peer.run()
        peer.fail(PluginDown("it printed"))

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            os.write(thread_out, encode(ready()))
            await peer.greet(HELLO)
            nursery.start_soon(trio.to_thread.run_sync, answering, thread_in, thread_out, 50, b"Traceback")
            for _ in range(49):
                await peer.call("a", pack(None))
            with pytest.raises(PluginDown, match="it printed"):
                await peer.call("a", pack(None))
    os.close(thread_in)
    os.close(thread_out)
