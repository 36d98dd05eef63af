"""What models are told in words, whatever API they are asked by: how a call ended, and that it has no result. Pure."""

from typing import Final

import msgspec

from pegboard_sdk.wire.records import Outcome

NO_RESULT: Final = "[no result: the call was interrupted]"
NO_OUTPUT: Final = "(no output)"
MARKS: Final = {
    Outcome.FAILED: "[failed]",
    Outcome.DENIED: "[denied]",
    Outcome.CANCELLED: "[cancelled]",
    Outcome.UNKNOWN: "[outcome unknown: the tool may or may not have done it]",
}
"""Stands before a result that is no success."""

_decoder: Final = msgspec.json.Decoder()


def is_object(text: str) -> bool:
    """Whether a call's arguments are what servers take: a JSON object. A model may write anything."""
    try:
        return isinstance(_decoder.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False
