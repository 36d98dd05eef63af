"""Plugins write no bytecode; the kernel compiles what they imported, and only what lies where it may."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest
import trio

from pegboard.bytecode import Bytecode
from pegboard.environment import child_environ
from pegboard.spawner.client import SpawnerClient
from pegboard.spawner.launch import launch_spawner
from pegboard.spawner.messages import Launch
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.messages import IMPORTED, Event


def compiled(prefix: Path) -> set[str]:
    return {file.name.partition(".")[0] for file in prefix.rglob("*.pyc")}


async def compiled_from(folder: Path, names: object, **launch: object) -> set[str]:
    prefix = folder / "pycache"
    source = folder / "site"
    asked = Launch(env={}, cwd=str(folder), path=(str(source),), pycache=str(prefix), **launch)  # type: ignore[arg-type]
    spawner = SpawnerClient(launch_spawner(sys.path[1:], child_environ(os.environ)))
    bytecode = Bytecode(spawner)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spawner.run)
        nursery.start_soon(bytecode.run)
        bytecode.take(asked, Event(0, IMPORTED, pack(names)))
        await bytecode.close()
        await spawner.close()
    return compiled(prefix)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "good.py").write_text("x = 1\n")
    (folder / "runs.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (folder / "broken.py").write_text("def (:\n")
    (tmp_path / "outside.py").write_text("x = 1\n")
    return folder


async def test_what_was_imported_is_compiled_and_nothing_is_run(tmp_path: Path, site: Path) -> None:
    names = [str(site / name) for name in ("broken.py", "good.py", "runs.py", "missing.py")]
    assert await compiled_from(tmp_path, names) == {"good", "runs"}
    assert not (tmp_path / "ran").exists()


async def test_only_sources_of_the_plugin_and_of_python_are_compiled(tmp_path: Path, site: Path) -> None:
    names = [str(tmp_path / "outside.py"), f"{site}/../outside.py", f"{site}/good.txt", "good.py", f"{site}/a\nb.py"]
    assert await compiled_from(tmp_path, names) == set()
    spec = importlib.util.find_spec("colorsys")
    assert spec is not None
    assert await compiled_from(tmp_path, [spec.origin]) == {"colorsys"}


@pytest.mark.parametrize("names", [7, [1, 2], {"a": "b"}, None])
async def test_a_plugin_that_names_nonsense_is_ignored(tmp_path: Path, site: Path, names: object) -> None:
    assert await compiled_from(tmp_path, names) == set()


async def test_programs_that_are_not_ours_to_compile_for_are_left_alone(tmp_path: Path, site: Path) -> None:
    assert await compiled_from(tmp_path, [str(site / "good.py")], argv=("node", "x.mjs")) == set()
