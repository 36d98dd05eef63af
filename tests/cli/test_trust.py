"""`peg trust`, the question at a start, and what a run then takes from its folder."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from scripted_server import Call, ScriptedServer, Turn

from pegboard.cli.context.consent import Consent
from pegboard.cli.trusting import Taken, taken_from
from pegboard.policy import Obeyed, Standing, Trust

WRITE = Turn(calls=[Call("write_file", {"path": "new.txt", "content": "x"})])


def folder(home: Any, text: str = 'mode = "plan"\n') -> Path:
    file = home.workspace / ".pegboard" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return Path(file)


def asked(home: Any, *flags: str) -> Any:
    with ScriptedServer([WRITE, Turn(text="fine")]) as server:
        home.model(server.url)
        return home.peg("-p", "hi", "--mode", "full", *flags)


def test_a_trusted_folder_is_obeyed_until_it_changes(home: Any) -> None:
    file = folder(home, '[permissions]\ndeny = ["write_file"]\n')
    (home.workspace / "AGENTS.md").write_text("Be kind.")
    before = asked(home)
    assert (before.returncode, before.stderr.count("is not trusted")) == (0, 1)
    assert ".pegboard, AGENTS.md is ignored" in before.stderr
    told = home.peg("trust")
    assert told.returncode == 0, told.stderr
    assert [line.split("  ")[1] for line in told.stdout.splitlines()] == [".pegboard/config.toml", "AGENTS.md"]
    after = asked(home)
    assert (after.returncode, "ignored" in after.stderr) == (3, False)
    file.write_text('[permissions]\nask = ["read_file"]\n')
    changed = asked(home)
    assert changed.returncode == 0
    assert "was changed since it was trusted" in changed.stderr
    assert "changed: .pegboard/config.toml" in home.peg("trust", "--list").stdout
    again = home.peg("trust", str(home.workspace))
    assert "changed: .pegboard/config.toml" in again.stderr


def test_trust_is_listed_and_taken_back(home: Any) -> None:
    folder(home)
    assert home.peg("trust", "--list").stdout == ""
    home.peg("trust", ".")
    assert f"{home.workspace}  unchanged" in home.peg("trust", "--list").stdout
    assert home.peg("trust", "--revoke").returncode == 0
    assert home.peg("trust", "--list").stdout == ""
    done = home.peg("trust", "--revoke")
    assert (done.returncode, "is not trusted" in done.stderr) == (1, True)


def test_what_widens_is_refused_with_its_line(home: Any) -> None:
    file = folder(home, 'model = "x"\n[permissions]\nallow = ["bash(*)"]\n')
    done = asked(home, "--trust")
    assert done.returncode == 1
    assert (
        f"{file}:3: a project may only narrow; permissions.allow belongs into the user's configuration" in done.stderr
    )


@pytest.mark.parametrize(("answer", "standing"), [("yes", Standing.TRUSTED), ("once", Standing.UNKNOWN)])
def test_a_person_is_asked_and_shown_what_would_be_obeyed(home: Any, answer: str, standing: Standing) -> None:
    folder(home)
    trust = Trust(home.state)
    with CliRunner().isolation(input=f"perhaps\n{answer}\n") as (_, said, _both):
        obeyed = taken_from(home.workspace, trust, accept=False, person=True).obeyed
        text = said.getvalue().decode()
    assert set(obeyed.files) == {".pegboard/config.toml"}
    assert trust.view(home.workspace).standing is standing
    assert f"{home.workspace} holds what Pegboard would obey:\n  .pegboard\n" in text


@pytest.mark.parametrize("answer", ["no\n", "\n", ""])
def test_no_answer_is_no(home: Any, answer: str) -> None:
    folder(home)
    trust = Trust(home.state)
    with CliRunner().isolation(input=answer) as (_, said, _both):
        assert taken_from(home.workspace, trust, accept=False, person=True) == Taken(Obeyed(), Consent.NEVER)
        assert b"is ignored" in said.getvalue()
    assert trust.view(home.workspace).standing is Standing.UNKNOWN


def test_a_person_is_shown_what_changed(home: Any) -> None:
    folder(home)
    trust = Trust(home.state)
    trust.accept(home.workspace)
    (home.workspace / ".pegboard" / "hooks").write_text("x")
    with CliRunner().isolation(input="yes\n") as (_, said, _both):
        assert taken_from(home.workspace, trust, accept=False, person=True).obeyed.files
        text = said.getvalue().decode()
    assert "was trusted, and has changed since:\n  new: .pegboard/hooks\n" in text
