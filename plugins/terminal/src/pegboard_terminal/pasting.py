"""Long pastes as one word of the input: what was pasted is kept beside it and sent whole; an image's path as a mention
of that file. Pure."""

import re
import shlex
from typing import Final
from urllib.parse import unquote, urlsplit

LINES: Final = 6
CHARACTERS: Final = 1000
"""More lines or characters than these are folded."""
_FOLDED: Final = re.compile(r"\[pasted \d+ (?:lines|characters)(?: #\d+)?\]")
_IMAGES: Final = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def mention_of(text: str) -> str:
    """What goes into the input for the pasted path of an image, which is how terminals give a file that was dragged to
    them: `@` and the path, with a blank behind. Empty for every other text."""
    said = text.strip()
    if not said.lower().rstrip("'\"").endswith(_IMAGES) or "\n" in said:
        return ""
    if said.startswith("file://"):
        words = [unquote(urlsplit(said).path)]
    else:
        try:
            words = shlex.split(said)
        except ValueError:
            return ""
    if len(words) != 1 or not words[0].startswith(("/", "~/", "./", "../")) or '"' in words[0]:
        return ""
    return f'@"{words[0]}" ' if re.search(r"\s", words[0]) else f"@{words[0]} "


class Pastes:
    """What stands behind the folded words of one input."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """What goes into the input for a pasted text: itself, or a word for it."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + 1
        if lines <= LINES and len(text) <= CHARACTERS:
            return text
        what = f"{lines} lines" if lines > LINES else f"{len(text)} characters"
        word, number = f"[pasted {what}]", 1
        while self._texts.get(word, text) != text:
            number += 1
            word = f"[pasted {what} #{number}]"
        self._texts[word] = text
        return word

    def unfold(self, text: str) -> str:
        """The input with everything that was pasted in its place."""
        return _FOLDED.sub(lambda found: self._texts.get(found[0], found[0]), text)

    def clear(self) -> None:
        """Forget them: the input was sent."""
        self._texts.clear()
