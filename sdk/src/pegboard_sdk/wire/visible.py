"""Foreign text on one line, with nothing hidden in it: what a person is shown when they are to decide. Pure."""

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0")
"""Letters and marks of Unicode that nothing is drawn for."""
_VARIATIONS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs", "Me"})
"""Controls, formats (bidirectional, zero-width, tags), surrogates, private and unassigned ones, and odd blanks."""
_SHORT: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
_PLAIN: Final = re.compile(r"[ -\[\]-~]*")


def visible(text: str) -> str:
    """The text with every character that a screen does not show as itself written as an escape.

    A backslash is escaped too, so two different texts never look the same for what was escaped in them.
    """
    return text if _PLAIN.fullmatch(text) else "".join(map(_shown, text))


def quoted(argument: str) -> str:
    """An argument of a command as one line; in quotes where its borders could not be seen otherwise."""
    line = visible(argument)
    clear = argument and argument == argument.strip() and argument[0] not in "'\""
    return line if clear else "'" + line.replace("'", "\\'") + "'"


def _shown(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    number = ord(letter)
    hidden = unicodedata.category(letter) in _HIDDEN and letter != " "
    if hidden or letter in _INVISIBLE or any(number in span for span in _VARIATIONS):
        return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
    return letter
