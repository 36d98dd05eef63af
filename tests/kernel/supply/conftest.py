"""A store of one's own, and a real plugin with all that it needs, installed once."""

import os
import shutil
from pathlib import Path

import pytest
from stored_plugin import Shelved, places_in
from wheel_press import plugin_wheel

from pegboard.cli.supply.accepting import settle
from pegboard.cli.supply.installing import Installing
from pegboard.places import Places
from pegboard.supply.admitting import store_of
from pegboard.supply.lock import editing


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return places_in(tmp_path)


@pytest.fixture(scope="session")
def installed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    places = places_in(folder / "all")
    with editing(places) as held:
        (folder / "work").mkdir()
        wheel = plugin_wheel(folder / "wheels", "words")
        proposals = Installing(store_of(places), held.lock, folder / "work", index=False).propose(str(wheel))
        settle(proposals, lambda _: True, held)
    return folder / "all"


@pytest.fixture
def shelved(installed_once: Path, tmp_path: Path) -> Shelved:
    """A copy that may be damaged."""
    shutil.copytree(installed_once, tmp_path / "all", symlinks=True)
    for folder, _, names in os.walk(tmp_path / "all"):
        for name in ("", *names):
            path = Path(folder, name)
            path.chmod(path.stat().st_mode | 0o200)
    copy = Shelved(places_in(tmp_path / "all"))
    assert copy.reason() == "", "what a test changes has to be what is refused"
    return copy
