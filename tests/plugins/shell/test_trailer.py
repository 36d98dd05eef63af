"""The end of a command in words."""

import pytest

from pegboard_sdk import Cause, Report, StepEnd
from pegboard_shell.trailer import describe


def ended(*statuses: int, **more: int) -> Report:
    last = len(statuses) - 1
    ends = tuple(StepEnd(program=f"p{n}", status=each, piped=n < last) for n, each in enumerate(statuses))
    return Report(cause=Cause.ENDED, ends=ends, **more)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (ended(0), ""),
        (ended(1), "exit 1"),
        (ended(-9), "killed by SIGKILL"),
        (ended(-200), "killed by signal 200"),
        (ended(2, 0), "in the pipe: p0 exit 2"),
        (ended(-13, 0), ""),
        (ended(0, left=1), "1 process it left running ended; use background=true to keep them"),
        (ended(0, alive=2), "2 processes could not be ended"),
        (Report(cause=Cause.TIMED_OUT), "timed out after 2.5 s and was ended"),
        (Report(cause=Cause.KILLED), "ended on request"),
        (Report(cause=Cause.LOST), "the process that ran it was killed, and it was ended"),
    ],
)
def test_an_end_reads_as_what_happened(report: Report, words: str) -> None:
    assert describe(report, timeout_s=2.5) == words


def test_output_that_was_not_kept_is_said() -> None:
    assert describe(ended(0), thrown=7) == "the last 7 bytes of output were not kept"
