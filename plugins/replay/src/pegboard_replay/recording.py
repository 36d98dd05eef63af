"""A recording: what a model said, turn by turn, and which turn a conversation has come to. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from pegboard_sdk import Entry, InvalidParams, Message, NotFound, Role, ToolCall, ToolResult, Unsupported


class Recording:
    """The assistant's messages of a session, in order."""

    def __init__(self, turns: Sequence[Message]) -> None:
        self._turns = tuple(turns)

    def __len__(self) -> int:
        return len(self._turns)

    def next_after(self, entries: Sequence[Entry]) -> Message:
        """The turn that follows a conversation: as many were played as the assistant has spoken in it.

        Raises NotFound without a recording, InvalidParams where the conversation is not the recorded one, Unsupported
        when all was played.
        """
        if not self._turns:
            raise NotFound("no recording was given: `turns` under [models.NAME] is empty")
        played = [entry for entry in entries if isinstance(entry, Message) and entry.role is Role.ASSISTANT]
        if len(played) >= len(self._turns):
            raise Unsupported(f"the recording has {len(self._turns)} turns, and all of them were played")
        for at, (here, recorded) in enumerate(zip(played, self._turns, strict=False), start=1):
            if _tools(here) != _tools(recorded):
                said = f"calls {_listed(here)}, the recording {_listed(recorded)}"
                raise InvalidParams(f"the conversation is not the recorded one: its turn {at} {said}")
        _check_results(entries)
        return self._turns[len(played)]


def recording_from(settings: dict[str, Any]) -> Recording:
    """The recording in `settings["turns"]`: messages as a journal holds them; those of others are left out.

    Raises InvalidParams that names the place of what is no message.
    """
    try:
        messages = msgspec.convert(settings.get("turns", ()), tuple[Message, ...])
    except msgspec.ValidationError as error:
        raise InvalidParams(f"the recording in `turns`: {error}") from error
    return Recording([message for message in messages if message.role is Role.ASSISTANT])


def turn_from(handed: object) -> Message:
    """The turn in `params["turn"]`, one message of the assistant's. Raises InvalidParams that names the place."""
    try:
        turn = msgspec.convert(handed, Message)
    except msgspec.ValidationError as error:
        raise InvalidParams(f"the turn in `params`: {error}") from error
    if turn.role is not Role.ASSISTANT:
        raise InvalidParams(f"the turn in `params` is the {turn.role.value}'s; only the assistant's is played")
    return turn


def _check_results(entries: Sequence[Entry]) -> None:
    """Each call that was played has its result: the tools really ran."""
    made: list[str] = []
    for entry in entries:
        if isinstance(entry, ToolResult):
            if entry.call not in made:
                raise InvalidParams(f"the result of `{entry.tool}` answers call {entry.call}, which is not open")
            made.remove(entry.call)
            continue
        if made:
            raise InvalidParams(f"call {made[0]} has no result")
        made = [part.call for part in entry.parts if isinstance(part, ToolCall)]
    if made:
        raise InvalidParams(f"call {made[0]} has no result")


def _tools(message: Message) -> list[str]:
    return [part.tool for part in message.parts if isinstance(part, ToolCall)]


def _listed(message: Message) -> str:
    return ", ".join(_tools(message)) or "nothing"
