"""The status line and what stands above the input while a run is on. Pure: a `Status` and a width become words."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from rich.cells import cell_len

from pegboard_sdk.wire.fronting import Status
from pegboard_terminal.cleaning import one_line
from pegboard_terminal.theme import Role

NAME: Final = "terminal"
"""This plugin, which needs not be told."""
SEPARATOR: Final = " · "
FULL: Final = 0.8
"""Share of the context from which on it is a warning."""
_BARE: Final = frozenset({"T0", "off", "none"})
_LOUD: Final = frozenset({"full", "auto"})


class Part(Struct, frozen=True):
    """A piece of the status line; the one with the highest `drop` goes first when there is no room."""

    text: str
    drop: int
    role: Role = Role.STATUS


def parts(status: Status) -> list[Part]:
    """Everything there is to say, from left to right."""
    effort = f" {one_line(status.effort, 10)}" if status.effort else ""
    found = [
        Part(f"{_mode(status.mode)}", 1, Role.WARN if status.mode in _LOUD else Role.ACCENT) if status.mode else None,
        Part(one_line(status.model.rpartition("/")[2], 30) + effort, 2) if status.model else None,
        _context(status),
        Part(f"${status.cost:.2f}" if status.cost >= 0.01 else f"${status.cost:.4f}", 5)
        if status.cost is not None
        else None,
        Part("sandbox off", 0, Role.BAD) if status.tier in _BARE else None,
        Part(f"{status.fronts} attached", 7) if status.fronts > 1 else None,
        Part(_plugins([name for name in status.plugins if name != NAME]), 8),
        Part(one_line(status.title, 40), 6) if status.title else None,
    ]
    return [part for part in found if part is not None and part.text]


def fitted(found: Sequence[Part], width: int) -> list[Part]:
    """The parts that fit on one line of `width` columns; the least important are left out, none is wrapped."""
    kept = list(found)
    while kept and _width(kept) > width:
        kept.remove(max(kept, key=lambda part: part.drop))
    return kept


def tokens(count: int) -> str:
    """`940`, `9.4k`, `94k`, `1.2M`."""
    if count < 1000:
        return str(count)
    if count < 999_500:
        return f"{count / 1000:.1f}k" if count < 9950 else f"{count / 1000:.0f}k"
    return f"{count / 1e6:.1f}M"


def _context(status: Status) -> Part | None:
    if not status.context_used:
        return None
    used = tokens(status.context_used)
    if not status.context_size:
        return Part(f"{used} tokens", 4)
    share = status.context_used / status.context_size
    return Part(f"{share:.0%} of {tokens(status.context_size)}", 3, Role.WARN if share >= FULL else Role.STATUS)


def _mode(mode: str) -> str:
    return one_line(mode, 10)


def _plugins(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return " ".join(one_line(name, 16) for name in names)
    return f"{len(names)} plugins"


def _width(found: Sequence[Part]) -> int:
    return sum(cell_len(part.text) for part in found) + cell_len(SEPARATOR) * (len(found) - 1)
