"""What a file defines, line by line: enough to know where to look. Pure."""

import re
from collections.abc import Mapping
from typing import Final

MOST_LINES: Final = 60
"""Of one file."""
_LONGEST: Final = 120

_PYTHON: Final = r"\s*(?:async\s+def|def|class)\s+\w+.*"
_SCRIPT: Final = (
    r"(?:export\s+(?:default\s+)?)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?"
    r"(?:function\*?|class|interface|enum|type|namespace)\s+\w+.*|export\s+(?:const|let)\s+\w+.*"
)
_GO: Final = r"(?:func|type)\s+.*"
_RUST: Final = r"\s*(?:pub(?:\([^)]*\))?\s+)?(?:async\s+)?(?:unsafe\s+)?(?:fn|struct|enum|trait|impl|mod)\b.*"
_JAVA: Final = (
    r"\s*(?:(?:public|protected|private|internal|static|final|abstract|sealed|override|open|data)\s+)+"
    r"[\w<>\[\],.? ]+[({].*|\s*(?:class|interface|enum|record|fun|object)\s+\w+.*"
)
_C: Final = (
    r"(?:struct|enum|union|typedef|class|namespace|template)\b.*|[A-Za-z_][\w\s*&:<>,]*\([^;]*\)\s*(?:const\s*)?\{?\s*"
)
_RUBY: Final = r"\s*(?:def|class|module)\s+\S+.*"
_PHP: Final = (
    r"\s*(?:(?:public|protected|private|static|abstract|final)\s+)*(?:function|class|interface|trait|enum)\s+\w+.*"
)
_HEADINGS: Final = r"#{1,3}\s+\S.*"

_LANGUAGES: Final[Mapping[str, str]] = {
    "py pyi": _PYTHON,
    "js jsx mjs cjs ts tsx mts vue svelte": _SCRIPT,
    "go": _GO,
    "rs": _RUST,
    "java kt kts cs scala swift": _JAVA,
    "c h cc cpp cxx hpp hh m mm": _C,
    "rb": _RUBY,
    "php": _PHP,
    "md": _HEADINGS,
}
_KNOWN: Final = {
    end: re.compile(pattern) for ends, pattern in _LANGUAGES.items() for end in ends.split()
}  # fmt: skip


def outline(path: str, text: str) -> tuple[str, ...]:
    """The lines that define something, with their numbers; none where the language is not known."""
    pattern = _KNOWN.get(path.rpartition(".")[2].lower())
    if pattern is None:
        return ()
    found = [
        f"{number}: {line.rstrip().rstrip('{:').rstrip()[:_LONGEST]}"
        for number, line in enumerate(text.splitlines(), start=1)
        if len(line) < 4 * _LONGEST and pattern.fullmatch(line)
    ]
    more = [f"… {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
    return (*found[:MOST_LINES], *more)
