"""`peg session audit`: what the gate decided in a session, for an auditor; as a table, or as lines of JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pegboard.cli.show import clipped
from pegboard.journal import read
from pegboard_sdk.wire.asking import room_words
from pegboard_sdk.wire.records import Genesis, Init, Room, ToolUse
from pegboard_sdk.wire.visible import quoted, visible


class Decided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision, as an auditor reads it."""

    seq: int
    time: str
    decision: str
    tool: str
    plugin: str
    rule: str
    """With its file and line."""
    reason: str
    answered_by: str
    latency_us: int
    tier: str
    room: Room | None
    effects: tuple[str, ...]
    argv: tuple[tuple[str, ...], ...]
    arguments: dict[str, Any]
    sha256: str
    call: str
    parent: str = ""


class Begun(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run begins: under which policy, lock and tier."""

    seq: int
    time: str
    program: str
    mode: str
    genesis: Genesis | None = None


def decisions(folder: Path) -> Iterator[Begun | Decided]:
    """The beginnings and decisions in a journal, in order. Raises JournalDamaged as `read` does."""
    for line in read(folder):
        match line.record:
            case Init() as init:
                yield Begun(seq=line.seq, time=line.time, program=init.program, mode=init.mode, genesis=init.genesis)
            case ToolUse() as use:
                fields = {name: getattr(use, name) for name in Decided.__struct_fields__ if hasattr(use, name)}
                yield Decided(seq=line.seq, time=line.time, **fields)


def table(found: Begun | Decided, width: int = 160) -> Iterator[str]:
    """A line for the decision, and one for each ground of it."""
    if isinstance(found, Begun):
        genesis = found.genesis or Genesis()
        was = {"policy": genesis.policy_sha256, "lock": genesis.lock_sha256, "tier": genesis.tier, "seal": genesis.seal}
        said = ", ".join(f"{name} {visible(value)}" for name, value in was.items() if value)
        yield f"{found.seq:6} {found.time[:19]} begins  {visible(found.program)}{f': {said}' if said else ''}"
        return
    who = visible(found.answered_by) or "rule"
    took = f"{found.latency_us / 1e6:.1f} s" if found.latency_us >= 1e5 else f"{found.latency_us} us"
    yield f"{found.seq:6} {found.time[:19]} {found.decision:7} {visible(found.tool)} by {who} in {took}"
    grounds = [
        *("runs: " + " ".join(map(quoted, argv)) for argv in found.argv),
        f"rule: {visible(found.rule)}" if found.rule else "",
        f"reason: {visible(found.reason)}" if found.reason else "",
        f"effects: {'; '.join(map(visible, found.effects))}" if found.effects else "",
        f"room: {room_words(found.room)}" if found.room is not None else "",
        f"tier: {visible(found.tier)}" if found.tier else "",
        f"call: {found.call} sha256 {found.sha256[:16]}",
    ]
    yield from (f"{'':27}{clipped(ground, width - 27)}" for ground in grounds if ground)


def as_json(found: Begun | Decided) -> str:
    """The whole of it as one line."""
    kind = "begun" if isinstance(found, Begun) else "decided"
    return msgspec.json.encode({"type": kind, **msgspec.to_builtins(found)}).decode()
