"""Checks of streams: nothing without credit, at most one frame beyond it, the end behind the last item."""

from pegboard_sdk.conformance.bench import PATIENCE, Bench, Broken, Sample, Unseen, frames_of, items
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.conformance.framing import ping
from pegboard_sdk.conformance.link import WINDOW, Link, Manners
from pegboard_sdk.wire.messages import NIL, Call, Drop, Error, Result


def no_window(bench: Bench) -> None:
    """A call with window 0 gets no Data, one with a negative window none but a long value; both end."""
    with bench.link() as link:
        for sample in bench.samples(4):
            for window in (0, -WINDOW):
                number = bench.start(link, sample, window=window)
                if link.end_of(number, PATIENCE) is None:
                    raise Broken(f"{sample} with window {window} had no end; its result must not wait for credit")
                came = items(link, number)
                if came and (window == 0 or bytes(came[0].item) != bytes(NIL)):
                    raise Broken(f"{sample} sent stream items although its window is {window}")


def obeys_credit(bench: Bench) -> None:
    """It sends while it has credit, then waits; more credit makes it go on."""
    with bench.link(Manners.STINGY) as link:
        number, sample = _streaming(bench, link)
        link.until(lambda: False, 0.2)
        before = len(items(link, number))
        if before != 1:
            raise Broken(f"{sample} sent {before} items with a window of 1 byte; credit allows one")
        for count in range(2, 4):
            while link.order.credit[number] <= 0:
                link.grant(number, 1 - link.order.credit[number])
            reached = count
            link.until(lambda wanted=reached: _has(link, number, wanted), PATIENCE)  # type: ignore[misc]
            if number in link.order.ended:
                return
            if not _has(link, number, count):
                raise Broken(f"{sample} did not go on when it was given credit")


def ends_last(bench: Bench) -> None:
    """All of a stream comes before the call's end, once there is credit enough."""
    with bench.link() as link:
        if bench.held is None:
            raise Unseen("no tool streams")
        number = bench.start(link, bench.held)
        if link.end_of(number, PATIENCE) is None:
            raise Broken(f"{bench.held} had no end although there was credit")
        if not isinstance(frames_of(link, number)[-1], Result | Error):
            raise Broken(f"{bench.held} sent more after its end")


def obeys_drop(bench: Bench) -> None:
    """After Drop a call sends no more Data and goes on to its end."""
    with bench.link(Manners.STINGY) as link:
        number, sample = _streaming(bench, link)
        link.send(Drop(number))
        ping(link, 1)
        before = len(items(link, number))
        link.grant(number, 1 << 20)
        if link.end_of(number, PATIENCE) is None:
            raise Broken(f"{sample}, whose stream was dropped, had no end")
        if len(items(link, number)) > before:
            raise Broken(f"{sample} sent Data after Drop")


def _streaming(bench: Bench, link: Link) -> tuple[int, Sample]:
    number = bench.hold(link)
    assert bench.held is not None
    if link.of(Call):
        raise Unseen("no tool streams")
    return number, bench.held


def _has(link: Link, number: int, count: int) -> bool:
    return len(items(link, number)) >= count or number in link.order.ended


CHECKS = (
    Check("no-window", no_window),
    Check("credit", obeys_credit),
    Check("stream-end", ends_last),
    Check("drop", obeys_drop),
)
