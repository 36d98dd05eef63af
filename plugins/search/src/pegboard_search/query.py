"""What is searched for, checked once, whoever searches."""

import re
import warnings
from typing import Final

from msgspec import Struct

from pegboard_search.pattern import Glob

MAX_CONTEXT: Final = 50
_CLASSES: Final = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "word": r"\w", "xdigit": "0-9A-Fa-f", "blank": r" \t", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip


class BadPattern(ValueError):
    """A regular expression that cannot be read; the message says why."""


class Query(Struct, frozen=True):
    """A search for lines. `keep` is how many matching lines of one file are wanted at most."""

    pattern: str
    ignores_case: bool = False
    context: int = 0
    glob: Glob | None = None
    keep: int = 1 << 30

    @property
    def spans_lines(self) -> bool:
        """Whether a match may cross line ends."""
        return "\n" in self.pattern or re.search(r"(?<!\\)(?:\\\\)*\\n", self.pattern) is not None

    @property
    def portable(self) -> str:
        """The pattern with groups named as every engine and version takes them."""
        return re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", self.pattern)

    def regex(self) -> re.Pattern[str]:
        """The pattern for Python's engine, which spells some things otherwise than ripgrep's. Raises BadPattern."""
        pattern = re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], found[0]), self.portable)
        pattern = re.sub(r"(?<!\\)((?:\\\\)*)\\z", r"\1\\Z", pattern)
        flags = (re.IGNORECASE if self.ignores_case else 0) | (re.MULTILINE if self.spans_lines else 0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                return re.compile(pattern, flags)
        except (re.error, Warning, OverflowError, RecursionError) as error:
            raise BadPattern(f"bad pattern `{self.pattern}`: {error}") from error
