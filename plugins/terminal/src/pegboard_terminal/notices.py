"""What a terminal can be told besides text: its title, a notification, the clipboard. Pure: strings that are written.

Nothing of a record goes in unescaped: an OSC string ends at a control character, and so would ours.
"""

import base64
from typing import Final

from pegboard_terminal.cleaning import one_line

SAVE_TITLE: Final = "\x1b[22;2t"
RESTORE_TITLE: Final = "\x1b[23;2t"
BELL: Final = "\x07"
_LARGEST_COPY: Final = 100_000
"""Bytes that go to the clipboard; terminals drop what is longer, some of them the half of it."""


def title(text: str) -> str:
    """Sets the window's title."""
    return f"\x1b]2;{one_line(text, 80)}\x1b\\"


def notification(text: str) -> str:
    """A bell, and a notification where the terminal shows them."""
    return f"\x1b]9;{one_line(text, 120)}\x1b\\{BELL}"


def copied(text: str) -> str:
    """Puts a text on the clipboard; empty for one that is too long."""
    data = text.encode("utf-8", "replace")
    return f"\x1b]52;c;{base64.b64encode(data).decode()}\x1b\\" if len(data) <= _LARGEST_COPY else ""
