"""Where nothing confines, little is offered; where something does, the strongest is used."""

import pytest

from pegboard.gate.verdict import Mode
from pegboard.rights.granted import Granted
from pegboard.rights.walls import walls
from pegboard.sandbox.confinement import Tier
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.wire.manifest import ToolEffect, ToolEntry

ALL = {Tier.FORKED, Tier.EXECUTED, Tier.LANDLOCK}
BASH = ToolEntry(name="bash", description="", effects=[ToolEffect.EXEC])
READ = ToolEntry(name="read_file", description="", effects=[ToolEffect.READ])


def test_the_strongest_that_works_is_taken() -> None:
    found = walls(ALL, why="", lifted=False, required=False)
    assert (found.forked, found.executed) == (Tier.FORKED, Tier.FORKED)
    wrapped = walls({Tier.EXECUTED, Tier.LANDLOCK}, why="", lifted=False, required=False)
    assert (wrapped.forked, wrapped.executed) == (Tier.LANDLOCK, Tier.EXECUTED)
    weaker = walls({Tier.LANDLOCK}, why="", lifted=False, required=False)
    assert (weaker.forked, weaker.executed) == (Tier.LANDLOCK, Tier.LANDLOCK)
    assert weaker.stand


def test_without_any_the_shell_is_not_offered_and_wide_modes_are_not_to_be_had() -> None:
    bare = walls((), why="install bubblewrap", lifted=False, required=False)
    assert not bare.stand
    assert not bare.offers(BASH)
    assert bare.offers(READ)
    assert {mode: bare.cap(mode) for mode in Mode} == dict.fromkeys(Mode, Mode.ASK) | {Mode.PLAN: Mode.PLAN}


def test_without_any_only_shipped_plugins_and_mere_readers_start() -> None:
    bare = walls((), why="install bubblewrap", lifted=False, required=False)
    wants = Granted(hosts=("example.org",))
    assert "install bubblewrap" in bare.refusal(wants, shipped=False, executed=False)
    assert bare.refusal(wants, shipped=True, executed=False) == ""
    assert bare.refusal(Granted(read=("/srv",)), shipped=False, executed=True) == ""


def test_a_person_may_lift_it_and_it_is_said() -> None:
    lifted = walls(ALL, why="", lifted=True, required=False)
    assert lifted.forked is Tier.NONE
    assert lifted.offers(BASH)
    assert lifted.cap(Mode.FULL) is Mode.FULL
    assert lifted.refusal(Granted(exec=True), shipped=False, executed=True) == ""
    assert "lifted" in lifted.name


def test_policy_may_demand_it() -> None:
    with pytest.raises(PermissionDenied, match="leave the flag out"):
        walls(ALL, why="", lifted=True, required=True)
    with pytest.raises(PermissionDenied, match="install bubblewrap"):
        walls((), why="install bubblewrap", lifted=False, required=True)
    with pytest.raises(PermissionDenied, match="namespaces are off"):  # commands would be bare
        walls({Tier.EXECUTED}, why="namespaces are off", lifted=False, required=True)


def test_a_missing_tier_binds_the_plugins_that_need_it() -> None:
    half = walls({Tier.EXECUTED}, why="namespaces are off", lifted=False, required=False)
    wants = Granted(write=("/srv",))
    assert half.refusal(wants, shipped=False, executed=True) == ""
    assert "namespaces are off" in half.refusal(wants, shipped=False, executed=False)
