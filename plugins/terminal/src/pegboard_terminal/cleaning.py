"""Foreign text without anything that a terminal obeys or hides. Pure; every text of a record passes here before layout.

It is for reading: approvals use `pegboard_sdk.wire.visible`, where two different texts never look the same.
"""

import re
from typing import Final

UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
    "\U000f0000-\U0010ffff]"
)
"""Controls but the line break, formats, bidirectional marks, surrogates, private and tag characters."""
_JOINERS: Final = re.compile("[\u200d\ufe00-\ufe0f]")
"""They merge emoji, and each terminal gives the result another width; the parts are shown instead."""
_MARKS: Final = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip  # noqa: E501
"""More marks than three on a letter grow into other lines."""
_SEQUENCE: Final = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
TAB: Final = 4


def clean(text: str) -> str:
    """The text with controls and invisible characters as escapes; line breaks stay, tabs become blanks."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in text:
        text = text.expandtabs(TAB)
    if not text.isascii():
        text = _MARKS.sub(r"\1", _JOINERS.sub("", text))
    return UNSAFE.sub(_escaped, text)


def of_program(text: str) -> str:
    """What a program wrote for a terminal, as it would read there: colours are left out, overwritten lines too."""
    text = _SEQUENCE.sub("", text).replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return clean(text)


def one_line(text: str, width: int) -> str:
    """The text on one line of at most `width` columns; an ellipsis stands where something was left out."""
    head = text[: width * 4 + 200]
    line = clean(" ".join(head.split()))
    if line.isascii():
        short = len(line) <= width
        return line if short and len(head) == len(text) else line[: max(width - 1, 0)] + "…" * (width > 0)
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - the first paint has plain letters

    if cell_len(line) <= width and len(head) == len(text):
        return line
    return set_cell_size(line, width - 1).rstrip() + "…" if width > 0 else ""


def guarded(text: str) -> str:
    """The last look before a terminal: nothing may be left to escape here, and is escaped if it is."""
    return UNSAFE.sub(_escaped, text.replace("\n", " ")) if not text.isprintable() else text


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
