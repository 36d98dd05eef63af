"""The hooks: named points where plugins take part, each with its signature and its mode. This page is the whole list.

Modes: *notify* all at once, nobody waits; *collect* all at once, answers gathered; *chain* one after another, each
gets what the one before gave; *first* one after another until one answers. The mode belongs to the specification: it
is not pluggy's, since pluggy cannot await. The same specifications hold in the kernel and inside a plugin's process.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec
import pluggy
from msgspec import Raw

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.compacting import Compaction, Wanted
from pegboard_sdk.wire.modelling import Ask, Choice, Paid, Planned
from pegboard_sdk.wire.records import Closed, Message, ToolResult, ToolUse

PROJECT: Final = "pegboard"

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)

F = TypeVar("F", bound=Callable[..., Any])


class Mode(Enum):
    """How the kernel drives the implementations of one hook."""

    NOTIFY = "notify"
    COLLECT = "collect"
    CHAIN = "chain"
    FIRST = "first"


class Hooks:
    """The specifications. Arguments are given by name; an implementation takes those that it wants."""

    @hookspec
    def session_start(self, session: str, workspace: str) -> None:
        """A session began or was resumed. Mode: notify."""

    @hookspec
    def prompt(self, session: str, message: Message) -> Message | None:
        """A user's message before it is journaled; may return a changed one. Mode: chain."""

    @hookspec
    def context(self, session: str, workspace: str, obeyed: dict[str, bytes]) -> str | None:
        """Text to add to the system prompt, gathered once a session. Mode: collect.

        `obeyed` are the files of skills: the user's own below `~/skills/`, and the project's where it is trusted.
        """

    @hookspec
    def before_tool(self, session: str, use: ToolUse) -> ToolUse | None:
        """A call before the gate: may return it with other arguments, or with decision "deny" and a reason. Mode:
        chain."""

    @hookspec
    def before_effect(self, session: str, prompt: int, use: ToolUse) -> str | None:
        """A call of a session that may write or execute was allowed and is about to run; it waits. `prompt` is the
        user's message that it serves, counted from 1. Text returned is shown to people. Mode: collect.

        Who fails here is not asked again in this session, and people are told so once."""

    @hookspec
    def after_effect(self, session: str, prompt: int, use: ToolUse, result: ToolResult) -> str | None:
        """Such a call ended; a cancelled one is not announced. Text returned is shown to people, never sent to the
        model. Mode: collect."""

    @hookspec
    def after_tool(self, session: str, use: ToolUse, result: ToolResult) -> str | None:
        """A call that ended; text returned is added to what the model reads. Mode: collect."""

    @hookspec
    def route(self, session: str, ask: Ask) -> Choice | None:
        """Which model a call is to go to; asked again after a failure, when None gives up. Mode: first."""

    @hookspec
    def before_model(self, session: str, planned: Planned) -> str | None:
        """A model call before it is made; a text refuses it and is the reason. Mode: first."""

    @hookspec
    def after_model(self, session: str, paid: Paid) -> None:
        """A model call that is over, also one that failed or was cancelled. Mode: notify."""

    @hookspec
    def compact(self, session: str, wanted: Wanted) -> Compaction | None:
        """The conversation is to shrink to `wanted.budget`; the plan is held against rules before it counts. Mode:
        first."""

    @hookspec
    def session_end(self, session: str, closed: Closed) -> None:
        """A run ended. Mode: notify."""


MODES: Final = {
    "session_start": Mode.NOTIFY,
    "prompt": Mode.CHAIN,
    "context": Mode.COLLECT,
    "before_tool": Mode.CHAIN,
    "before_effect": Mode.COLLECT,
    "after_effect": Mode.COLLECT,
    "after_tool": Mode.COLLECT,
    "route": Mode.FIRST,
    "before_model": Mode.FIRST,
    "after_model": Mode.NOTIFY,
    "compact": Mode.FIRST,
    "session_end": Mode.NOTIFY,
}
"""The mode of each hook; a test keeps it in step with `Hooks`."""

REFUSING: Final = frozenset({"prompt", "before_tool", "before_model"})
"""The hooks whose gates say no when they fail; of others a gate that fails means nothing."""

_ANSWERS: Final[dict[str, type]] = {"prompt": Message, "before_tool": ToolUse, "route": Choice, "compact": Compaction}
"""What the hooks answer that do not answer with text."""


def answer_of(hook: str, value: Raw) -> Any:  # noqa: ANN401
    """The answer as the hook's specification has it. Raises InvalidParams when the plugin gave something else."""
    try:
        return msgspec.msgpack.decode(value, type=_ANSWERS.get(hook, str) | None)
    except BAD_BODY as error:
        raise InvalidParams(f"answered what the hook {hook} does not take: {error}") from error
