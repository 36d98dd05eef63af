"""Plugins written into a folder and a board over them; also a kernel of its own when run as a program.

    python plugin_shelf.py FOLDER '[["shaky", "mode", "arg"], ...]'

starts the board, makes each call without waiting for its end, prints one JSON line and sleeps until it is killed.
"""

import json
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from pegboard.board import Board
from pegboard.discovery import Environment, discover, own_environment
from pegboard.distribution import search_path
from pegboard.environment import child_environ
from pegboard.errors import SpawnerDied
from pegboard.patience import Patience
from pegboard.places import Places
from pegboard.registry import Registry
from pegboard.spawner.launch import Spawner, launch_spawner
from pegboard.wiring import Wiring
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.methods import TOOL_CALL, CallTool

TOOLS = Path(__file__).parent
SHAKY = (TOOLS / "shaky.py").read_text()

MANIFEST = """
schema = 1
id = "{id}"
version = "1"
{more}
[[tool]]
name = "{tool}"
description = "Does what it is told."
effects = ["exec"]
timeout_s = 0
"""


class Shelf:
    """A site folder and a folder of directory plugins, both empty at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site"
        self.folders = folder / "folders"
        self.more: list[Environment] = []
        for one in (self.site, self.folders):
            one.mkdir(parents=True, exist_ok=True)
        self.places = Places(
            managed=folder / "none", **{k: folder / k for k in ("config", "data", "state", "cache", "runtime")}
        )

    def add(self, name: str, code: str = SHAKY, *, more: str = "") -> str:
        """A plugin of the kernel's own environment; `code` may say NAME."""
        package = self.site / name
        package.mkdir()
        (package / "__init__.py").write_text(textwrap.dedent(code).replace("NAME", name))
        (package / "pegboard.toml").write_text(MANIFEST.format(id=name, tool=f"{name}_do", more=more))
        info = self.site / f"{name}-1.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(f"[pegboard.plugins]\n{name} = {name}:plugin\n")
        (info / "RECORD").write_text(f"{name}/pegboard.toml,,\n")
        return name

    def add_folder(self, name: str, *argv: str, more: str = "", run: str = "") -> str:
        """A plugin in a folder that is executed."""
        package = self.folders / name
        package.mkdir()
        text = MANIFEST.format(id=name, tool=f"{name}_do", more=more)
        (package / "pegboard.toml").write_text(f"{text}\n[run]\nargv = {json.dumps(argv)}\n{run}\n")
        return name

    def add_wild(self, name: str, mode: str, **more: str) -> str:
        """A plugin that speaks the wire by hand, and badly."""
        return self.add_folder(name, sys.executable, str(TOOLS / "misbehave.py"), mode, "{package}", **more)

    def environment(self) -> Environment:
        return Environment((*own_environment().sites, self.site))

    def registry(self) -> Registry:
        found = discover([self.environment(), *self.more], folders=[self.folders])
        return Registry(one for one in found if str(self.folder) in one.manifest_path)

    def launch(self) -> Spawner:
        return launch_spawner(search_path(self.environment().sites), child_environ(os.environ))

    @asynccontextmanager
    async def board(
        self, *, on_call: Callable[..., Awaitable[Any]] | None = None, patience: Any = None, **wiring: Any
    ) -> AsyncIterator[Any]:
        async def refuse(instance: str, serving: object, method: str, params: object) -> Any:
            raise AssertionError(f"{instance} called {method}")

        board = Board(
            self.registry(),
            self.launch(),
            self.places,
            wiring=Wiring(on_call=on_call or refuse, patience=patience or Patience(), **wiring),
            environ=self.environ(),
        )
        async with board:
            yield board

    def environ(self) -> Mapping[str, str]:
        return dict(os.environ)


def told(plugin: str, mode: str, arg: Any = "", call: str = "c1") -> Any:
    """The parameters of a call of the plugin's one tool."""
    return pack(CallTool(tool=f"{plugin}_do", arguments={"mode": mode, "arg": str(arg)}, call=call))


async def drive(shelf: Shelf, calls: list[list[str]]) -> None:
    """The program: see the module."""
    async with shelf.board() as board, trio.open_nursery() as nursery:
        await board.warm({plugin for plugin, _, _ in calls})
        for plugin, mode, arg in calls:
            if mode != "idle":
                nursery.start_soon(board.call, plugin, TOOL_CALL, told(plugin, mode, arg))
        pids = {status.instance: status.pid for status in board.status()}
        sys.stdout.write(json.dumps({"spawner": board._spawner._pid, **pids}) + "\n")
        sys.stdout.flush()
        await trio.sleep_forever()


if __name__ == "__main__":
    # Who starts tests in the background has them begin with SIGINT ignored, and a program keeps to that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        trio.run(drive, Shelf(Path(sys.argv[1])), json.loads(sys.argv[2]))
    except SpawnerDied as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_status)
