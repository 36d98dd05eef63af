"""The tests to copy: a plugin is talked to over its real wire, in this process or in one of its own."""

from pathlib import Path

import pytest

import pegboard_hello
from pegboard_sdk import InvalidParams
from pegboard_sdk.testing import connected, spawned


def test_it_greets() -> None:
    with connected(pegboard_hello.plugin) as board:
        assert board.text("greet", name="Ada") == "Hello Ada."


def test_it_greets_loudly() -> None:
    with connected(pegboard_hello.plugin) as board:
        assert board.text("greet", name="Ada", loud=True) == "HELLO ADA!"


def test_a_wrong_argument_is_explained() -> None:
    with connected(pegboard_hello.plugin) as board, pytest.raises(InvalidParams, match="whisper"):
        board.tool("greet", name="Ada", whisper=True)


def test_it_runs_as_a_process_of_its_own() -> None:
    with spawned(Path(pegboard_hello.__file__).parent) as board:
        assert board.text("greet", name="Ada") == "Hello Ada."
        board.drain()
        assert board.wait() == 0


def test_the_readme_shows_the_plugin_as_it_is() -> None:
    readme = Path(__file__).parents[3] / "plugins" / "hello" / "README.md"
    assert Path(pegboard_hello.__file__).read_text() in readme.read_text()
