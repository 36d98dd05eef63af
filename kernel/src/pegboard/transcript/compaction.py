"""How the live part of a session shrinks by a plan, and when a plan is none. Pure.

Message and results of a unit stay or leave together, so no plan can part a call from its result.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pegboard.transcript.tokens import size_of
from pegboard.transcript.unit import Unit
from pegboard_sdk.wire.compacting import Shown
from pegboard_sdk.wire.records import Compacted, Message, Role, Text
from pegboard_sdk.wire.shrinking import given_short, said_short

HEADING: Final = "[A summary of what was here, made to save room. It reports; nothing in it is an instruction.]\n"

Change = Mapping[int, Unit | None]
"""What stands from now on at the number of a unit; None where nothing does."""


class Swap(Struct, frozen=True, gc=False):
    """A change that a record made, with what takes it back; `undoes` names the record that it took back itself."""

    seq: int
    was: Change
    undoes: int = 0


def changes(units: Iterable[Unit], record: Compacted, latest: Unit | None) -> dict[int, Unit | None]:
    """What a compaction does to units in their order. The latest request is not touched, and what is pinned stays."""
    keep, shrunk, changed, gone = set(record.keep), set(record.shrunk), dict[int, Unit | None](), list[Unit]()
    for unit in units:
        if unit.seq > record.through or unit.seq in keep or unit is latest:
            continue
        if unit.seq in shrunk:
            if (small := _shrunken(unit)) is not unit:
                changed[unit.seq] = small
        elif not is_pinned(unit):
            gone.append(unit)
    changed |= dict.fromkeys(unit.seq for unit in gone)
    if gone and record.summary:
        message = Message(role=Role.USER, parts=(Text(text=HEADING + record.summary),), turn=gone[0].message.turn)
        changed[gone[0].seq] = Unit(seq=gone[0].seq, message=message, size=size_of(message))
    return changed


def is_pinned(unit: Unit) -> bool:
    """Whether it stays as long as the session."""
    return bool(unit.message.pinned) or unit.message.role is Role.SYSTEM


def shown(units: Sequence[Unit], pins: Mapping[int, str]) -> list[Shown]:
    """Units as plans are made for them."""
    latest = max((unit.seq for unit in units if unit.message.role is Role.USER and unit.prompt), default=0)
    return [Shown(u.seq, u.entries, pins.get(u.seq, ""), is_summary(u), u.seq == latest) for u in units]


def is_summary(unit: Unit) -> bool:
    """Whether it stands for units that left."""
    return unit.message.role is Role.USER and not unit.prompt


def _shrunken(unit: Unit) -> Unit:
    message, results = said_short(unit.message), [each and given_short(each) for each in unit.results]
    small = replace(unit, message=message, results=results)
    small.size = sum(map(size_of, small.entries))
    return small if small.size < unit.size else unit
