"""`peg session`: found, renamed, rewound, forked, exported, shared, mended and deleted from the command line."""

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pegboard.cli.app import peg
from pegboard.journal import Journal, read
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions
from pegboard_sdk.wire.records import (
    Closed,
    Ending,
    Message,
    Outcome,
    Rewound,
    Role,
    Text,
    Titled,
    ToolCall,
    ToolResult,
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Sessions of a folder of one's own, in which the command line runs."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PEGBOARD_STATE_DIR", str(tmp_path / "state"))
    return Sessions(tmp_path / "state")


def typed(*arguments, status=0, said=""):
    done = CliRunner().invoke(peg, arguments, input=said)
    assert done.exit_code == status, done.output + repr(done.exception)
    return done.output


def user(text):
    return Message(role=Role.USER, parts=(Text(text=text),))


def begun(sessions, *records):
    with sessions.new(Path.cwd(), program="test", model="m/1") as journal:
        for record in records:
            journal.append(record)
        return journal.session


@pytest.fixture
def story(here):
    call = Message(role=Role.ASSISTANT, parts=(ToolCall(call="0", tool="bash", arguments="{}"),))
    answer = ToolResult(call="0", tool="bash", outcome=Outcome.OK, parts=(Text(text="x"),))
    return begun(here, user("first thing"), call, answer, user("second thing"), Closed(end=Ending.DONE, turns=2))


def test_a_list_is_searched_over_titles_and_messages(here, story):
    other = begun(here, user('Nenne die "größte" Datei'), Titled(title="Big files"))
    begun(here, user("nothing"))
    assert "Big files" in typed("session", "list")
    for words in ("GRÖSSTE datei", '"GRÖßTE" datei', "größte big", "BIG FILES", '"größte"'):
        found = typed("session", "list", "--search", words)
        assert other in found
        assert story not in found
    assert "2: Nenne die" in typed("session", "list", "--search", "nenne")
    assert "5: second thing" in typed("session", "list", "--search", "SECOND")
    assert "no sessions with" in typed("session", "list", "--search", "nowhere to be seen")


def test_hundreds_of_sessions_are_searched_quickly(here):
    name = begun(here, *[user(f"message {number} " + "words and more words " * 40) for number in range(100)])
    template = (here.folder / name / FILE).read_bytes()
    for number in range(300):
        folder = here.folder / f"20200101-000000-{number:06x}"
        folder.mkdir()
        (folder / FILE).write_bytes(template)
    begun(here, user("the needle"))
    began = time.perf_counter()
    assert "the needle" in typed("session", "list", "--search", "needle")
    assert time.perf_counter() - began < 5  # 30 MB in about 0.2 s on a free machine


def test_a_title_is_found_wherever_it_stands(here, story):
    typed("session", "rename", story, "My", "little title")
    with here.open(story, program="test") as journal:
        journal.append(ToolResult(call="z", tool="t", outcome=Outcome.OK, parts=(Text(text="x" * 100_000),)))
        journal.append(user('{"record":{"type":"titled","title":"no"}}'))
    assert "My little title" in typed("session", "list")
    assert typed("session", "rename", story, " ", status=1).startswith("peg: a title has")


def test_a_rewind_takes_back_to_a_turn_or_a_record(here, story):
    listed = typed("session", "rewind", story)
    assert "1  record     2  first thing" in listed
    assert "2  record     5  second thing" in listed
    assert "rewound to record 4" in typed("session", "rewind", story, "--turn", "2")
    assert list(read(here.folder / story))[-1].record == Rewound(to=4, reason="peg session rewind")
    assert "second thing" not in typed("session", "export", story, "--format", "markdown")
    assert "second thing" in typed("session", "show", story, "--numbers")
    assert "has 1" in typed("session", "rewind", story, "--turn", "2", status=2)
    assert "records 1 to" in typed("session", "rewind", story, "--to", "99", status=2)
    typed("session", "rewind", story, "--to", "3")
    assert "bash" not in typed("session", "export", story, "--format", "markdown"), "a call goes with its result"


def test_forks_are_shown_as_a_tree(here, story):
    one = typed("session", "fork", story).strip()
    two = typed("session", "fork", one, "--at", "2").strip()
    lines = typed("session", "tree").splitlines()
    assert [line.lstrip(" └─").split()[0] for line in lines] == [story, one, two]
    assert [line.index(name) for line, name in zip(lines, [story, one, two], strict=True)] == [0, 3, 6]
    assert "forked at 2" in typed("session", "fork", story, "--at", "3")


def test_deleting_asks_and_refuses_a_session_in_use(here, story):
    assert "nothing was deleted" in typed("session", "delete", story, said="n\n")
    assert here.ids() == [story]
    with Journal.open(here.folder / story, program="holder"):
        assert "in use by process" in typed("session", "delete", "--yes", story, status=1)
        assert "in use by process" in typed("session", "rename", story, "x", status=1)
    assert f"{story} deleted" in typed("session", "delete", story, said="y\n")
    assert here.ids() == []
    assert os.listdir(here.folder.parent) == ["sessions"]


@pytest.mark.parametrize("form", ["journal", "markdown", "html", "json", "openai", "anthropic"])
def test_every_format_goes_to_standard_output_or_a_new_file(here, story, tmp_path, form):
    text = typed("session", "export", story, "--format", form)
    file = tmp_path / "out"
    typed("session", "export", story, "--format", form, "-o", str(file))
    assert file.read_text() == text
    assert "exists" in typed("session", "export", story, "--format", form, "-o", str(file), status=1)
    if form in {"json", "openai", "anthropic"}:
        assert json.loads(text)["messages"]


def test_a_session_is_shared_imported_and_repaired(here, story, tmp_path):
    assert "6 records written" in typed("session", "share", str(tmp_path / "f"))
    assert "is here already" in typed("session", "import", str(tmp_path / "f"), status=1)
    typed("session", "delete", "--yes", story)
    assert story in typed("session", "import", str(tmp_path / "f"))
    assert "is whole" in typed("session", "repair", story)
    file = here.folder / story / FILE
    file.write_bytes(file.read_bytes().replace(b"first", b"fir\xff\xff"))
    assert "peg session repair" in typed("session", "export", story, "--format", "json", status=1)
    said = typed("session", "repair", story)
    assert "record 2: its content does not match its hash" in said
    assert "5 records saved" in said


def test_without_a_terminal_a_choice_is_not_offered(here, story):
    assert "--last" in typed("resume", status=2)
    assert "--last" in typed("fork", status=2)
