"""What may differ from run to run without anything having changed: a table of patterns, and what each stands for."""

import re
from typing import Final

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_PATTERNS: Final = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "⟨time⟩"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"), "⟨time⟩"),
    (re.compile(rf"\b{_NUMBER} ?(?:ns|µs|us|ms|s|secs?|seconds?|minutes?|min)\b"), "⟨duration⟩"),
    (re.compile(r"\b(pid|process)([ =:#]{1,3})\d+", re.IGNORECASE), r"\1\2⟨pid⟩"),
    (re.compile(r"\b0x[0-9a-f]{6,16}\b", re.IGNORECASE), "⟨address⟩"),
    (re.compile(r"(?<![\w/.])/(?:private/)?(?:var/)?tmp/[^\s'\"`:;,()<>\[\]]+"), "⟨temporary⟩"),
    (re.compile(r"(?<![\w/.])/(?:private/)?var/folders/[^\s'\"`:;,()<>\[\]]+"), "⟨temporary⟩"),
)
"""Each is linear in the text."""
WORKSPACE: Final = "⟨workspace⟩"


def settled(text: str, folder: str) -> str:
    """`text` with what may differ replaced by its kind. `folder` is the workspace that it was written in."""
    text = placed(text, folder)
    for pattern, kind in _PATTERNS:
        text = pattern.sub(kind, text)
    return text


def placed(text: str, folder: str) -> str:
    """`text` with the workspace's path replaced, wherever it stands."""
    if len(folder) < 2:
        return text
    return re.sub(rf"(?<![\w/.-]){re.escape(folder)}(?![\w.-])", WORKSPACE, text)
