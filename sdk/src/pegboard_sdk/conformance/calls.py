"""Checks of calls: drawn at random, many at once, cancelled, out of time, and what the plugin asks for itself."""

import time
from typing import Final

import msgspec

from pegboard_sdk.conformance.bench import GRACE_SECONDS, PATIENCE, Bench, Broken, Sample, Unseen
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.conformance.framing import NO_METHOD, ping
from pegboard_sdk.conformance.link import Link, Manners
from pegboard_sdk.errors import error_types
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.messages import NIL, Call, Cancel, Error, Pong, Result
from pegboard_sdk.wire.methods import ToolOutput

BURST: Final = 50
CANCEL_GRACE_MS: Final = 2000
DEADLINE_MS: Final = 200
UNFIT: Final = {
    "INVALID_PARAMS": "its schema allows them",
    "INVALID_MESSAGE": "the call was well-formed",
    "METHOD_NOT_FOUND": "the manifest declares the tool",
    "INTERNAL": "that is a fault of the plugin",
}


def random_calls(bench: Bench) -> None:
    """Random calls that the schemas allow end with a result, or with an error that blames nobody's arguments."""
    count = max(1, bench.calls // max(1, len(bench.subject.trials)))
    with bench.link() as link:
        for sample in bench.samples(count):
            end = bench.run(link, sample)
            if isinstance(end, Error):
                _fits(sample, end)
            elif bytes(end.value) != bytes(NIL) or not end.meta:
                _readable(sample, end)


def _fits(sample: Sample, end: Error) -> None:
    if end.code in UNFIT:
        raise Broken(f"{sample} was answered with {end.code} ({end.msg[:200]}), but {UNFIT[end.code]}")
    if end.code not in error_types():
        raise Broken(f"{sample} was answered with {end.code}, which is no code of PWP/1")


def _readable(sample: Sample, end: Result) -> None:
    try:
        msgspec.msgpack.decode(end.value, type=ToolOutput)
    except BAD_BODY as error:
        raise Broken(f"the value of {sample} is no tool output: {error}") from error


def many_calls(bench: Bench) -> None:
    """Many calls at once each have exactly one end."""
    if bench.subject.trials:
        _ = bench.quick  # found before the link is opened
    with bench.link() as link:
        numbers = [link.call(NO_METHOD, {}) for _ in range(BURST)]
        if bench.subject.trials:
            numbers += [bench.start(link, bench.quick) for _ in range(BURST)]
        _all_end(link, numbers, PATIENCE)


def cancelled_calls(bench: Bench) -> None:
    """A call that is cancelled ends within its grace, exactly once; a race with its result does no harm."""
    samples = bench.samples(3)
    with bench.link() as link:
        numbers = []
        for sample in samples:
            numbers.append(bench.start(link, sample))
            link.send(Cancel(numbers[-1], "user", CANCEL_GRACE_MS))
        _all_end(link, numbers, CANCEL_GRACE_MS / 1000 + GRACE_SECONDS)
        link.until(lambda: False, 0.1)


def cancelled_in_the_midst(bench: Bench) -> None:
    """A running call that is cancelled ends with CANCELLED within its grace."""
    with bench.link(Manners.STINGY) as link:
        number = bench.hold(link)
        since = time.monotonic()
        link.send(Cancel(number, "user", CANCEL_GRACE_MS))
        end = link.end_of(number, CANCEL_GRACE_MS / 1000 + GRACE_SECONDS)
        _is_ended_by(link, end, "CANCELLED", f"{bench.held}, cancelled while it ran,", since)
        ping(link, 1)


def out_of_time(bench: Bench) -> None:
    """A call whose time is over ends itself with DEADLINE."""
    with bench.link(Manners.STINGY) as link:
        since = time.monotonic()
        number = bench.hold(link, timeout_ms=DEADLINE_MS)
        if link.of(Call):
            raise Unseen("no tool streams; while a person is asked, the clock stands still")
        end = link.end_of(number, DEADLINE_MS / 1000 + GRACE_SECONDS)
        _is_ended_by(link, end, "DEADLINE", f"{bench.held} with a timeout of {DEADLINE_MS} ms", since)
        ping(link, 1)


def busy(bench: Bench) -> None:
    """Ping is answered while a call runs, with the number of calls that run."""
    with bench.link(Manners.STINGY) as link:
        bench.hold(link)
        ping(link, 5)
        if link.of(Pong)[-1].busy != 1:
            raise Broken(f"one call runs, and Pong says busy {link.of(Pong)[-1].busy}")


def busy_in_a_burst(bench: Bench) -> None:
    """Ping is answered while many calls are waiting."""
    samples = bench.samples(8)
    with bench.link() as link:
        numbers = [bench.start(link, sample) for sample in samples]
        ping(link, 6)
        _all_end(link, numbers, PATIENCE)


def asks_what_it_may(bench: Bench) -> None:
    """It calls only those methods of the kernel that the manifest lists in `uses`."""
    with bench.link() as link:
        for sample in bench.samples(6):
            bench.run(link, sample)
        called = {frame.method for frame in link.of(Call)}
        beyond = sorted(called - set(bench.subject.manifest.uses))
        if beyond:
            raise Broken(f'it called `{beyond[0]}`; list it: uses = ["{beyond[0]}"]')


def _all_end(link: Link, numbers: list[int], seconds: float) -> None:
    link.until(lambda: all(number in link.order.ended for number in numbers), seconds)
    missing = [number for number in numbers if number not in link.order.ended]
    if missing:
        raise Broken(f"{len(missing)} of {len(numbers)} calls had no end within {seconds:g} s")


def _is_ended_by(link: Link, end: Result | Error | None, code: str, what: str, since: float) -> None:
    if end is None:
        ended = "and the plugin ended" if link.has_ended else f"after {time.monotonic() - since:.1f} s"
        raise Broken(f"{what} had no end {ended}; it owes exactly one Result or Error")
    if isinstance(end, Error) and end.code != code:
        raise Broken(f"{what} was ended with {end.code}, where {code} is right")


CHECKS = (
    Check("random-calls", random_calls),
    Check("many-calls", many_calls),
    Check("cancel-race", cancelled_calls),
    Check("cancel", cancelled_in_the_midst),
    Check("deadline", out_of_time),
    Check("ping-burst", busy_in_a_burst),
    Check("ping-busy", busy),
    Check("uses", asks_what_it_may),
)
