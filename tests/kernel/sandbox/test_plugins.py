"""A plugin on a real board behind its walls: it says hello, answers, sees what it was granted, and leaves nothing."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from needing import absent
from plugin_shelf import Shelf, told

import pegboard.birth
from pegboard.sandbox import landlock
from pegboard.sandbox.confinement import Confinement, Tier
from pegboard_sdk.wire.methods import TOOL_CALL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

LOOKING = '''
"""Looks around."""
import os
from pegboard_sdk import Plugin

plugin = Plugin("NAME")


@plugin.tool(name="NAME_do", effect="read")
def do(mode: str, arg: str = "") -> str:
    """Looks around."""
    open("note", "w").close()
    return f"{os.path.exists(arg)} {os.path.exists('/proc')} {os.access('.', os.W_OK)}"
'''


@pytest.mark.parametrize("execute", [False, True])
async def test_a_plugin_lives_behind_its_walls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, execute: bool) -> None:
    if not landlock.abi():
        absent("Landlock")
    made = pegboard.birth.launch_of

    def confined(*arguments: Any, **more: Any) -> Any:
        launch = made(*arguments, **more)
        room = Confinement(tier=Tier.FORKED, write=(launch.cwd,), execute=execute)
        return msgspec.structs.replace(launch, confinement=room)

    monkeypatch.setattr(pegboard.birth, "launch_of", confined)
    outside = tmp_path / "outside"
    outside.write_text("planted")
    shelf = Shelf(tmp_path)
    plugin = shelf.add("looking", LOOKING)
    async with shelf.board() as board:
        said = bytes(await board.call(plugin, TOOL_CALL, told(plugin, "look", outside)))
        pid = board.status()[0].pid
    assert f"False {execute} True".encode() in said
    assert (tmp_path / "data" / "private" / plugin / "note").exists()
    assert not await trio.Path(f"/proc/{pid}").exists()
