"""The subset of shell that is understood: text to pipelines of words. Pure; whatever is not in the subset is named and
left alone. What is accepted here, bash splits into the same arguments."""

from typing import Final

from pegboard.gate.command.characters import NEXT_LINE, unshowable
from pegboard.gate.command.scanner import Scanner
from pegboard.gate.command.script import Forbidden, OutsideSubset, Script, Unparsed

MAX_TEXT: Final = 1 << 16


def parse(text: str) -> Script | Unparsed | Forbidden:
    """Read a command. Never raises."""
    if found := unshowable(text):
        return Forbidden(reason=f"the command holds {found}, which cannot be shown faithfully")
    if NEXT_LINE in text:
        return Unparsed(reason="the command holds U+0085, which some terminals show as a new line")
    if len(text) > MAX_TEXT:
        return Unparsed(reason=f"the command is longer than {MAX_TEXT} characters", capped=True)
    try:
        return Script(groups=Scanner(text).groups())
    except OutsideSubset as outside:
        return Unparsed(reason=str(outside), capped=outside.capped)
