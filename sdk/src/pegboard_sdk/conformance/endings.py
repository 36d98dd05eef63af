"""Checks of the end: drained, left alone, told goodbye; and, over all connections, a clean channel and good order."""

import os
from typing import Final

from pegboard_sdk.conformance.bench import EXIT_SECONDS, GRACE_SECONDS, PATIENCE, Bench, Broken, Unseen
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.conformance.framing import NO_METHOD
from pegboard_sdk.conformance.link import Link, Manners
from pegboard_sdk.wire.messages import Bye, Drain, Error

SECONDS: Final = EXIT_SECONDS + GRACE_SECONDS
DRAIN_MS: Final = 3000


def drains(bench: Bench) -> None:
    """After Drain it says Bye and exits with 0."""
    with bench.link() as link:
        link.send(Drain(0, DRAIN_MS, "conformance"))
        status = link.exit_within(SECONDS)
        if not link.of(Bye):
            raise Broken("no Bye after Drain")
        if status != 0:
            raise Broken(f"after Drain and Bye {_end(status)}; exit with 0 then")
        _left_nobody(link)


def drains_when_busy(bench: Bench) -> None:
    """Calls that run when Drain comes are finished before Bye; those that come after are NOT_READY."""
    samples = [bench.quick] * 4 if bench.subject.trials else []
    with bench.link() as link:
        numbers = [bench.start(link, sample) for sample in samples] or [link.call(NO_METHOD, {})]
        link.send(Drain(0, DRAIN_MS, "conformance"))
        late = link.call(NO_METHOD, {})
        link.exit_within(DRAIN_MS / 1000 + SECONDS)
        missing = [number for number in numbers if number not in link.order.ended]
        if missing:
            raise Broken(f"{len(missing)} calls that were made before Drain had no end")
        end = link.order.ended.get(late)
        if end is not None and not isinstance(end, Error):
            raise Broken("a call that came after Drain was run; NOT_READY is right")
        if not link.of(Bye):
            raise Broken("no Bye after Drain")


def ends_with_its_channel(bench: Bench) -> None:
    """When its standard input ends, it exits within 2 s and leaves no process."""
    with bench.link() as link:
        link.shut()
        if link.exit_within(SECONDS) is None:
            raise Broken("it still runs although its standard input has ended; exit then")
        _left_nobody(link)


def ends_in_the_midst(bench: Bench) -> None:
    """So it does while a call runs."""
    with bench.link(Manners.STINGY) as link:
        bench.hold(link)
        link.shut()
        if link.exit_within(SECONDS) is None:
            raise Broken(f"it still runs {bench.held}, although its standard input has ended")
        _left_nobody(link)


def ends_ungreeted(bench: Bench) -> None:
    """So it does before it was greeted, and inside a frame."""
    with bench.raw() as link:
        link.write(b"\x00\x00")
        link.shut()
        if link.exit_within(bench.subject.manifest.run.start_timeout_s + SECONDS) is None:
            raise Broken("it still runs although its standard input ended inside a frame")


def leaves_at_goodbye(bench: Bench) -> None:
    """When the kernel says Bye, it exits."""
    with bench.link() as link:
        link.send(Bye(0))
        if link.exit_within(SECONDS) is None:
            raise Broken("it still runs after the kernel's Bye")


def clean_channel(bench: Bench) -> None:
    """Nothing but frames came on its standard output, in any check."""
    for odd in bench.odd:
        if odd.is_pollution:
            raise Broken(f"in check {odd.check}: {odd.fault}")


def good_order(bench: Bench) -> None:
    """Each call had one end and nothing behind it, and nothing came that may not come, in any check."""
    faults = [f"in check {odd.check}: {odd.fault}" for odd in bench.odd if not odd.is_pollution]
    if faults:
        raise Broken("\n".join(faults[:5]))


def every_tool_answers(bench: Bench) -> None:
    """Every tool of the manifest that may be called is there."""
    if not bench.subject.trials:
        raise Unseen("no tool that only reads")
    with bench.link() as link:
        for sample in bench.samples(1):
            end = link.end_of(bench.start(link, sample), PATIENCE)
            if isinstance(end, Error) and end.code == "METHOD_NOT_FOUND":
                raise Broken(f"the manifest declares `{sample.trial.entry.name}`, and the plugin does not know it")
    if bench.subject.untried:
        names = ", ".join(bench.subject.untried)
        raise Unseen(f"the others are there; not called, since they do more than read: {names}")


def _left_nobody(link: Link) -> None:
    try:
        os.killpg(link.process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return
    raise Broken("a process that it started outlived it")


def _end(status: int | None) -> str:
    return "it still runs" if status is None else f"it ended with {status}"


CHECKS = (
    Check("tools", every_tool_answers),
    Check("drain", drains),
    Check("drain-busy", drains_when_busy),
    Check("eof", ends_with_its_channel),
    Check("eof-busy", ends_in_the_midst),
    Check("eof-early", ends_ungreeted),
    Check("bye", leaves_at_goodbye),
    Check("clean-channel", clean_channel),
    Check("order", good_order),
)
