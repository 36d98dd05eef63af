"""What a plan comes to, and which pipeline follows which."""

import pytest

from pegboard.commands.command import BASH, follows, pipelines_of
from pegboard_sdk.wire.methods import Plan


@pytest.mark.parametrize(
    ("when", "status", "runs"),
    [(";", 0, True), (";", 1, True), ("&&", 0, True), ("&&", 1, False), ("||", 0, False), ("||", -9, True)],
)
def test_pipelines_follow_like_in_a_shell(when: str, status: int, runs: bool) -> None:
    assert follows(when, status) is runs


def test_a_script_runs_in_the_fixed_bash() -> None:
    ((step,),) = (pipeline.steps for pipeline in pipelines_of(Plan(script="echo $HOME")))
    assert (step.program, step.argv) == (BASH, ("bash", "--noprofile", "--norc", "-c", "echo $HOME"))
