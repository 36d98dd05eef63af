"""Which characters of a command a person can be shown as they are. Looks at text only, never at its meaning."""

import re
import unicodedata
from typing import Final

INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code) for block in (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0000, 0xE1000)) for code in block
}
"""Characters that draw nothing although their category is that of letters, marks or symbols."""

SUSPECT: Final = re.compile(r"[^\n\t -~]")
HIDING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
EMOJI_STYLES: Final = frozenset("\ufe0e\ufe0f")
NEXT_LINE: Final = "\x85"
"""No terminal acts on it and no shell splits at it, so it is a question and not a refusal."""


LOOKALIKE: Final = frozenset(";|&<>$`(){}'\"\\#!*?[]~=\u037e-")
"""What an odd character must not turn into when it is normalized."""


def unshowable(text: str) -> str:
    """The first character that cannot be shown faithfully, as `U+202E (name)`; empty when all can be."""
    for found in SUSPECT.finditer(text):
        char = found[0]
        if char in EMOJI_STYLES and found.start() and unicodedata.category(text[found.start() - 1]) == "So":
            continue
        if char != NEXT_LINE and (char in INVISIBLE or unicodedata.category(char) in HIDING):
            return f"U+{ord(char):04X} ({unicodedata.name(char, 'control character')})"
    return ""


def is_odd(char: str) -> bool:
    """Whether a character that is no ASCII may be taken for a space or an operator, or is not assigned at all."""
    if char.isascii():
        return False
    return unicodedata.category(char)[0] in "ZC" or unicodedata.normalize("NFKC", char) in LOOKALIKE
