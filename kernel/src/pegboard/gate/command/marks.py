"""What characters outside quotes mean to bash, as far as it matters here; and how much is read at all."""

import re
from typing import Final

MAX_STEPS: Final = 256
MAX_WORDS: Final = 4096
BLANKS: Final = re.compile(r"[ \t]*")
ENDS_WORD: Final = frozenset(" \t\n;|&<>()")
SAFE: Final = re.compile(r"[\w./+,@%^-]+", re.ASCII)
LONE_UNEQUAL: Final = re.compile(r"!=(?=[ \t])")
LONE_EQUALS: Final = re.compile(r"==?(?=[ \t\n;|&]|\Z)")
PLAIN_BRACES: Final = re.compile(r"\{[\w-]*\}", re.ASCII)
STREAM: Final = re.compile(r"\d+|\{\w+\}", re.ASCII)
"""Before a redirection: a number, or the variable that bash puts one into."""
TO_NULL: Final = re.compile(r">{1,2}[ \t]*/dev/null(?=[ \t\n;|&]|\Z)")
TO_STDOUT: Final = re.compile(r">&1(?=[ \t\n;|&]|\Z)")
HERE: Final = re.compile(r"<<(-?)[ \t]*(?:'([A-Za-z0-9_.]+)'|\"([A-Za-z0-9_.]+)\")(?=[ \t\n;|&]|\Z)")
LITERAL_DOLLAR: Final = frozenset('" |)')
MEANT: Final = {
    "$": "an expansion",
    "`": "a command substitution",
    "(": "a group or a function",
    ")": "a group or a function",
    "!": "a negation or history reference",
}
