"""The plugin as a process."""

from pathlib import Path

import pytest

import pegboard_skills
from pegboard_sdk import Outcome, Setup
from pegboard_sdk.testing import spawned

PACKAGE = Path(pegboard_skills.__file__).parent
SKILL = b"---\ndescription: Lints.\n---\nRun the linter."


@pytest.fixture(scope="module")
def board():
    with spawned(PACKAGE, Setup()) as board:
        yield board


def test_a_session_is_told_its_skills_and_loads_them(board, tmp_path):
    (tmp_path / "pyproject.toml").touch()
    obeyed = {"~/skills/lint/SKILL.md": SKILL}
    told = board.hook("context", str, session="test", workspace=str(tmp_path), obeyed=obeyed)
    assert "- lint: Lints." in told
    assert "- python: " in told
    assert board.text("load_skill", name="lint") == "Run the linter."
    assert board.text("load_skill", name="python").startswith("# Python")
    output = board.tool("load_skill", name="nope")
    assert output.outcome is Outcome.FAILED
    assert "there are: lint, python, security" in output.parts[0].text


def test_a_person_sees_the_list_with_prices_and_one_whole(board):
    assert "security" in board.command("skills")
    assert "tokens" in board.command("skills")
    assert board.command("skills", "security").startswith("# Security")
    assert "there is no skill `x`" in board.command("skills", "x")
