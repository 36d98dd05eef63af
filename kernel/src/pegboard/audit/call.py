"""A call as one hash: what is asked, what is journaled and what is executed are compared by it. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from pegboard.gate.verdict import Decision
from pegboard_sdk.wire.methods import Plan
from pegboard_sdk.wire.records import Room, ToolUse

Identity = tuple[str, int, int]
"""A file as it was judged: the path as shown, device and inode."""


class Premises(Struct, frozen=True, kw_only=True):
    """What of a call is decided elsewhere, and shown and hashed with it."""

    cwd: str = ""
    environment: tuple[str, ...] = ()
    """Names of the variables that a command is given."""
    tier_of: Callable[[str], str] = lambda plugin: ""
    """What confines a plugin's process, by instance."""


def call_sha256(use: ToolUse, plans: Mapping[str, Plan], files: Mapping[str, Identity], premises: Premises) -> str:
    """The hash of tool, arguments, plan, judged files, folder, names of the environment and room.

    The text below it is JSON with sorted keys, without blanks, in ASCII, so that anyone can compute it again.
    """
    canonical: dict[str, Any] = {
        "form": 1,  # a change of what it holds is a new number
        "plugin": use.plugin,
        "tool": use.tool,
        "arguments": use.arguments,
        "plans": msgspec.to_builtins(plans),
        "files": {name: identity for name, identity in files.items() if identity[2]},
        "cwd": premises.cwd,
        "environment": sorted(premises.environment),
        "room": msgspec.to_builtins(use.room),
    }
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def room_of(decision: Decision, *, confined: bool) -> Room:
    """Where a command of this decision runs."""
    needs = tuple(need.name.lower() for need in sorted(decision.needs))
    return Room(confined=confined, needs=needs, hosts=tuple(decision.hosts))
