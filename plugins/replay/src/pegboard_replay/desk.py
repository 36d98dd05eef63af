"""The plugin's command: an order in JSON is a turn to be compared; anything else is a person's, who is told the way."""

from typing import Final

import msgspec

from pegboard_replay.checking import checked
from pegboard_replay.comparing import compared
from pegboard_sdk import InvalidParams
from pegboard_sdk.wire.replaying import Order

HELP: Final = """\
In a shell, not in a session that goes on:
  peg replay play SESSION        the session again, its tools for real, in a copy of the workspace (--step)
  peg replay check SESSION       are today's results the recorded ones? 1 when not
  peg replay compare ONE OTHER   where two sessions part, and what each took
  peg replay fork SESSION --at N --model NAME   the same prompt to another model
  peg replay record SESSION -o FILE             one file for a repository, which `check` takes"""

_order: Final = msgspec.json.Decoder(Order)


def answer(text: str) -> str:
    """The verdict as JSON, or what a person can type. Raises InvalidParams for an order that is none."""
    if not text.lstrip().startswith("{"):
        return HELP
    try:
        order = _order.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidParams(f"the order to compare a turn: {error}") from error
    return msgspec.json.encode(checked(order) if order.replayed else compared(order)).decode()
