"""What a command is once it was judged, for the process that runs it. Values only."""

from typing import Final

import msgspec
from msgspec import Struct

from pegboard.sandbox.confinement import Confinement
from pegboard_sdk.wire.command import StepEnd
from pegboard_sdk.wire.methods import Pipeline, Plan, Step

BASH: Final = "/bin/bash"


class Command(Struct, frozen=True, kw_only=True):
    """All that a supervisor is told by the kernel, and nobody else has a say in it."""

    plan: Plan
    environment: dict[str, str]
    """Exactly this, and PWD."""
    root: str
    """The real path of the workspace, to find it again inside a room."""
    room: Confinement | None = None
    """Entered before the first program starts; None leaves them all of the user's rights."""


class Over(Struct, frozen=True, kw_only=True):
    """What the runner says when its programs have ended."""

    ends: tuple[StepEnd, ...]
    childless: bool
    """Whether nothing is left below it."""


def pipelines_of(plan: Plan) -> tuple[Pipeline, ...]:
    """What is executed: the judged argv lists, or the fixed bash with the script that was allowed. A plan may hold
    neither: a lone `cd`."""
    if plan.pipelines or not plan.script:
        return plan.pipelines
    return (Pipeline(steps=(Step(argv=("bash", "--noprofile", "--norc", "-c", plan.script), program=BASH),)),)


def follows(when: str, status: int) -> bool:
    """Whether a pipeline that is joined by `when` runs after one that ended with `status`."""
    if when == "&&":
        return status == 0
    if when == "||":
        return status != 0
    return True


command_decoder: Final = msgspec.msgpack.Decoder(Command)
over_decoder: Final = msgspec.msgpack.Decoder(Over)
