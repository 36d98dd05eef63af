"""Orders and reports as bytes, and which pipeline follows which."""

import pytest

from pegboard_sdk.wire.methods import Pipeline, Plan, Step
from pegboard_shell.order import (
    BASH,
    Cause,
    Order,
    Report,
    StepEnd,
    decode_order,
    decode_report,
    encode,
    follows,
    pipelines_of,
)


def test_an_order_survives_the_way() -> None:
    plan = Plan(pipelines=(Pipeline(steps=(Step(argv=("cat",), program="/bin/cat", stdin="é\n"),), when="&&"),))
    order = Order(plan=plan, environment={"A": "1"}, timeout_s=1.5)
    assert decode_order(encode(order)) == order


def test_a_report_survives_the_way() -> None:
    report = Report(cause=Cause.TIMED_OUT, ends=(StepEnd(program="x", status=-9),), left=2)
    assert decode_report(encode(report)) == report


@pytest.mark.parametrize("data", [b"", b"\x81", encode(Report(cause=Cause.ENDED, left=3))[:-1]])
def test_a_report_that_is_not_whole_means_lost(data: bytes) -> None:
    assert decode_report(data) == Report(cause=Cause.LOST)


@pytest.mark.parametrize(
    ("when", "status", "runs"),
    [(";", 0, True), (";", 1, True), ("&&", 0, True), ("&&", 1, False), ("||", 0, False), ("||", -9, True)],
)
def test_pipelines_follow_like_in_a_shell(when: str, status: int, runs: bool) -> None:
    assert follows(when, status) is runs


def test_a_script_runs_in_the_fixed_bash() -> None:
    ((step,),) = (pipeline.steps for pipeline in pipelines_of(Plan(script="echo $HOME")))
    assert (step.program, step.argv) == (BASH, ("bash", "--noprofile", "--norc", "-c", "echo $HOME"))


def test_the_status_is_that_of_the_last_program_that_counts() -> None:
    ends = (StepEnd(program="a", status=3, piped=True), StepEnd(program="b", status=0))
    assert Report(cause=Cause.ENDED, ends=ends).status == 0
    assert Report(cause=Cause.KILLED).status is None
