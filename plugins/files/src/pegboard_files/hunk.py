"""Applying the hunks of one file to its text. Pure: the new text, or HunkFailed, which says where the patch differs.

A hunk is found by its lines, not by its numbers; these only choose between equal places. Lines that stay keep their
bytes, lines that come take the line end of their neighbours.
"""

from collections.abc import Callable
from typing import Final

from pegboard_files.edit import dominant_end
from pegboard_files.nearest import nearest
from pegboard_files.patch import Hunk

_LOOSER: Final[tuple[Callable[[str], str], ...]] = (str, str.rstrip, str.strip)
"""How lines are compared: word for word, then without white space at the end, then at both sides."""


class HunkFailed(ValueError):
    """A hunk that fits nowhere, or at several places; the message says which and where."""


def apply_hunks(text: str, hunks: list[Hunk]) -> str:
    """The text after all hunks, in their order. Raises HunkFailed; then nothing of the patch should be used."""
    lines = _split(text)
    cursor = shift = 0
    for number, hunk in enumerate(hunks, 1):
        where = f"hunk {number} of {len(hunks)}"
        at = _place(lines, hunk, cursor=cursor, hint=hunk.first + shift, where=where)
        old = hunk.side("-")
        comes = _renewed(lines, at, hunk, dominant_end(text))
        lines[at : at + len(old)] = comes
        cursor = at + len(comes)
        shift += len(comes) - len(old)
    return _ended(lines, hunks, text)


def text_of(hunks: list[Hunk]) -> str:
    """The text of a file that a patch adds."""
    lines = [line for hunk in hunks for line in hunk.side("+")]
    is_bare = bool(hunks) and "+" in hunks[-1].bare
    return "\n".join(lines) + ("" if is_bare or not lines else "\n")


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _bare(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


def _place(lines: list[str], hunk: Hunk, *, cursor: int, hint: int, where: str) -> int:
    old = hunk.side("-")
    cursor = _below(lines, hunk.below, cursor, where)
    if not old:
        if hunk.first:
            return min(max(hint, cursor), len(lines))
        return cursor if hunk.below and not hunk.at_end else len(lines)
    for loosened in _LOOSER:
        places = _places(lines, old, cursor, loosened)
        if hunk.at_end:
            places = [place for place in places if place + len(old) == len(lines)]
        if hunk.below:
            places = places[:1]
        if hunk.first:
            closest = min((abs(place - hint + 1) for place in places), default=0)
            places = [place for place in places if abs(place - hint + 1) == closest]
        if len(places) == 1:
            return places[0]
        if places:
            told = ", ".join(str(place + 1) for place in places[:8])
            raise HunkFailed(f"{where} fits at lines {told}; give it more context, or an @@ line with what is above it")
    raise HunkFailed(f"{where} fits nowhere{_missed(lines, old)}")


def _places(lines: list[str], old: list[str], cursor: int, loosened: Callable[[str], str]) -> list[int]:
    wanted = [loosened(line) for line in old]
    have = [loosened(_bare(line)) for line in lines]
    last = len(have) - len(wanted)
    return [
        place
        for place in range(cursor, last + 1)
        if have[place] == wanted[0] and have[place : place + len(wanted)] == wanted
    ]


def _below(lines: list[str], above: list[str], cursor: int, where: str) -> int:
    """The line after the ones that the hunk is said to stand below."""
    for sought in above:
        found = next((at for at in range(cursor, len(lines)) if _bare(lines[at]).strip() == sought.strip()), None)
        if found is None:
            found = next((at for at in range(cursor, len(lines)) if sought.strip() in lines[at]), None)
        if found is None:
            raise HunkFailed(f"{where}: no line {sought.strip()!r} below line {cursor}")
        cursor = found + 1
    return cursor


def _renewed(lines: list[str], at: int, hunk: Hunk, usual: str) -> list[str]:
    """The lines that stand there afterwards."""
    comes: list[str] = []
    for sign, line in hunk.rows:
        if sign == "+":
            near = (comes[-1:] or lines[at - 1 : at] if comes or at else []) or lines[at : at + 1]
            comes.append(line + (_end_of(near[0]) or usual if near else usual))
            continue
        if sign == " ":
            comes.append(lines[at])
        at += 1
    return comes


def _end_of(line: str) -> str:
    return line[len(_bare(line)) :]


def _ended(lines: list[str], hunks: list[Hunk], text: str) -> str:
    """The lines together; only the last may lack its end, and does when the patch says so or nothing says otherwise."""
    usual = dominant_end(text)
    whole = [line if line.endswith("\n") else f"{line}{usual}" for line in lines]
    bare = {sign for hunk in hunks for sign in hunk.bare}
    was_bare = bool(text) and not text.endswith("\n")
    if whole and ("+" in bare or (was_bare and "-" not in bare)):
        whole[-1] = _bare(whole[-1])
    return "".join(whole)


def _missed(lines: list[str], old: list[str]) -> str:
    found = nearest("".join(lines), "\n".join(old))
    if found is None:
        return "; read the file again and make the patch from what is there"
    what = "only white space differs from" if found.differs_in_space else "closest are"
    return f"; {what} lines {found.first}-{found.first + len(found.lines) - 1}:\n{found.shown()}"
