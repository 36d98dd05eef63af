"""Which walls stand on this machine in this run, and what is not offered where there are none (CONTRACTS 10). Pure."""

from collections.abc import Collection
from typing import Final

from msgspec import Struct

from pegboard.gate.verdict import Mode
from pegboard.rights.granted import Granted
from pegboard.sandbox.confinement import Tier
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.wire.manifest import ToolEffect, ToolEntry

FORKED: Final = (Tier.FORKED, Tier.LANDLOCK)
EXECUTED: Final = (Tier.FORKED, Tier.EXECUTED, Tier.SEATBELT, Tier.LANDLOCK)
"""The strongest first."""

FLAG: Final = "--no-sandbox"


class Walls(Struct, frozen=True, kw_only=True):
    """The tier of forked plugins and commands, and the tier of executed ones."""

    forked: Tier
    executed: Tier
    lifted: bool = False
    """A person, or the user's configuration where policy allows, said to do without."""
    why: str = ""
    """Where something is missing: what, and the repair; for people."""

    required: bool = False
    """Policy lets nothing start without."""

    @property
    def stand(self) -> bool:
        """Whether commands are confined."""
        return self.forked is not Tier.NONE

    @property
    def bare(self) -> bool:
        """Whether there is nothing, and nobody asked for that: tier T0 in full."""
        return self.forked is Tier.NONE and not self.lifted

    @property
    def name(self) -> str:
        """For journals and people."""
        return "T0, lifted by the user" if self.lifted else self.forked.value

    def refusal(self, granted: Granted, *, shipped: bool, executed: bool) -> str:
        """Why a plugin does not start here; empty when it does."""
        tier = self.executed if executed else self.forked
        if tier is not Tier.NONE or self.lifted or ((shipped or granted.only_reads) and not self.required):
            return ""
        return f"it asks for more than reading, and there is no sandbox here: {self.why}"

    def cap(self, cap: Mode) -> Mode:
        """The widest mode: where nothing confines, every effect asks."""
        return min(cap, Mode.ASK) if self.bare else cap

    def offers(self, tool: ToolEntry) -> bool:
        """Whether a tool is offered at all: none that runs commands without walls around them."""
        return not (self.bare and ToolEffect.EXEC in tool.effects)


def walls(working: Collection[Tier], *, why: str, lifted: bool, required: bool) -> Walls:
    """What stands: `working` are the tiers that were tried and hold. Raises PermissionDenied where policy forbids."""
    if lifted:
        if required:
            raise PermissionDenied(f"{FLAG}: the managed policy requires the sandbox; leave the flag out")
        return Walls(forked=Tier.NONE, executed=Tier.NONE, lifted=True, why="lifted by the user")
    found = Walls(forked=_first(FORKED, working), executed=_first(EXECUTED, working), why=why, required=required)
    if required and not found.stand:
        raise PermissionDenied(f"the managed policy requires the sandbox, which does not work here: {why}")
    return found


def _first(tiers: Collection[Tier], working: Collection[Tier]) -> Tier:
    return next((tier for tier in tiers if tier in working), Tier.NONE)
