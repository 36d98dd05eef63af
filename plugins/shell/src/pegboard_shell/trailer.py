"""Says in a line how a command ended, for what the model reads. Pure."""

import signal
from typing import Final

from pegboard_sdk import Cause, Report, StepEnd

QUIET_SIGNAL: Final = -int(signal.SIGPIPE)
"""How a program ends whose reader has read enough: no news."""


def describe(report: Report, *, timeout_s: float = 0.0, thrown: int = 0) -> str:
    """The end of a command in words; empty for a plain success."""
    parts = [_ending(report, timeout_s)]
    parts += [f"in the pipe: {end.program} {_status(end.status)}" for end in report.ends if _is_news(end)]
    if report.left:
        parts.append(f"{_processes(report.left)} it left running ended; use background=true to keep them")
    if report.alive:
        parts.append(f"{_processes(report.alive)} could not be ended")
    if thrown:
        parts.append(f"the last {thrown} bytes of output were not kept")
    return "; ".join(filter(None, parts))


def _ending(report: Report, timeout_s: float) -> str:
    match report.cause:
        case Cause.ENDED:
            return _status(report.status) if report.status else ""
        case Cause.TIMED_OUT:
            return f"timed out after {timeout_s:g} s and was ended"
        case Cause.KILLED:
            return "ended on request"
        case Cause.LOST:
            return "the process that ran it was killed, and it was ended"
        case Cause.NOT_STARTED:
            return "nothing ran: it could not be confined as it has to be"


def _is_news(end: StepEnd) -> bool:
    return end.piped and end.status not in (0, QUIET_SIGNAL)


def _status(status: int) -> str:
    if status >= 0:
        return f"exit {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"
