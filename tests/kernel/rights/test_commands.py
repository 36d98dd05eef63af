"""What a confined command made and other tools obey is put out of effect when it has ended; what it found stays."""

from pathlib import Path
from typing import Any

import pytest

from pegboard.policy import Managed
from pegboard.rights.commands import Rooms
from pegboard.rights.rooms import PROTECTED, Owner
from pegboard.rights.run import Rights
from pegboard.rights.walls import Walls
from pegboard.sandbox.confinement import Tier
from pegboard_sdk.wire.records import Room


@pytest.fixture
def rooms(tmp_path: Path) -> Rooms:
    for name in ("w", "more"):
        (tmp_path / name).mkdir()
    rights = Rights(
        walls=Walls(forked=Tier.FORKED, executed=Tier.EXECUTED),
        owner=Owner(),
        managed=Managed(),
        workspace=str(tmp_path / "w"),
        roots=(str(tmp_path / "more"),),
    )
    doors: Any = None  # no proxy is opened
    return Rooms(rights, doors, scratch=tmp_path / "scratch", hidden=tuple, told=lambda _: None)


def test_what_it_made_is_put_out_of_effect_and_what_it_found_is_not(rooms: Rooms, tmp_path: Path) -> None:
    (tmp_path / "w" / "CLAUDE.md").touch()
    (tmp_path / "w" / ".github").mkdir()
    put_right = rooms.watch(Room(confined=True))
    (tmp_path / "w" / "CLAUDE.md").write_text("changed")
    (tmp_path / "w" / ".envrc").write_text("evil")
    (tmp_path / "w" / ".github" / "agents").mkdir()
    (tmp_path / "more" / "AGENTS.md").touch()
    assert len(put_right("c1")) == 3
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {
        "w", "more", "more/AGENTS.md.held-c1", "w/CLAUDE.md",
        "w/.envrc.held-c1", "w/.github", "w/.github/agents.held-c1",
    }  # fmt: skip
    assert put_right("c1") == []


@pytest.mark.parametrize("room", [Room(confined=False), Room(confined=True, needs=(PROTECTED,))])
def test_what_may_make_them_is_left_alone(rooms: Rooms, tmp_path: Path, room: Room) -> None:
    put_right = rooms.watch(room)
    (tmp_path / "w" / "AGENTS.md").touch()
    assert put_right("c1") == []
    assert (tmp_path / "w" / "AGENTS.md").exists()
