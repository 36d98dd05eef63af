"""What may be used here: front-ends that a managed policy closes are not to be found."""

from pathlib import Path

import pytest

from pegboard.cli.conversing.choice import chosen_front
from pegboard.cli.installed import registry_of
from pegboard.cli.settings import load_config
from pegboard.places import Places
from pegboard.policy import Loaded
from pegboard.policy.schema import ChannelDemand, Managed
from pegboard.registry import Registry
from pegboard_sdk.errors import NotFound


def registry(folder: Path, *closed: str) -> Registry:
    places = Places.from_environ({"HOME": str(folder)} | {f"PEGBOARD_{k}_DIR": str(folder) for k in ("CONFIG", "DATA")})
    managed = Loaded(managed=Managed(channels=ChannelDemand(disabled=closed)))
    return registry_of(places, load_config(places, {}), managed=managed)


@pytest.fixture(autouse=True)
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)


def test_a_front_end_that_policy_closes_is_not_chosen(tmp_path: Path) -> None:
    here, closed = registry(tmp_path), registry(tmp_path, "terminal", "window")
    assert chosen_front("", here, plain=False) == "terminal"
    assert chosen_front("", closed, plain=False) == ""
    with pytest.raises(NotFound, match="no plugin that may be used here has this channel; there are plain"):
        chosen_front("terminal", closed, plain=False)


def test_all_else_of_its_plugin_stays(tmp_path: Path) -> None:
    here, closed = registry(tmp_path), registry(tmp_path, "terminal")
    assert sorted(closed.plugins) == sorted(here.plugins)
    assert closed.plugins["files"] is not None
    assert [name for name in here.channels.available if name not in closed.channels.available] == ["terminal"]
