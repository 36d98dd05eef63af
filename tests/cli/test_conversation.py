"""`peg` on a terminal: typed at, answered, interrupted and left, as a person would."""

import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn
from typist import CTRL_C, CTRL_D, Typist

PROMPT = r"\r\n(\x1b\[\?2004h)?> "
TOUCH = Turn(calls=[Call("bash", {"command": "touch made-{i}"})])


@pytest.fixture
def talk(home: Any) -> Iterator[Any]:
    """`talk(turns, ...)` gives a typist at the first prompt, and the server."""
    opened: list[Any] = []

    def begin(*turns: Turn, arguments: tuple[str, ...] = (), begins: str = "") -> tuple[Typist, ScriptedServer]:
        server = ScriptedServer(list(turns))
        opened.append(server)
        server.__enter__()
        home.model(server.url)
        home.env |= {"TERM": "xterm", "NO_COLOR": "1"}
        typist = Typist(("--plain", *arguments), cwd=home.workspace, env=home.env)
        opened.append(typist)
        typist.see(r"Ctrl-D to leave\.\r\n" + begins if begins else r"Ctrl-D to leave\." + PROMPT)
        return typist, server

    yield begin
    for one in reversed(opened):
        one.__exit__(None, None, None)


def last_said(server: ScriptedServer) -> str:
    return str([message for message in server.bodies[-1]["messages"] if message["role"] == "user"][-1]["content"])


def test_an_answer_streams_and_ctrl_d_leaves_saying_how_to_go_on(talk: Any) -> None:
    typist, server = talk(Turn(text="Grüße, 漢字!"))
    assert "Grüße, 漢字!" in typist.ask("Häuser & 家", PROMPT)
    assert last_said(server) == "Häuser & 家"
    typist.type(CTRL_D)
    typist.see(r"peg -r \S+ goes on from here")
    assert typist.end() == 0
    assert typist.modes() == typist.before


def test_commands_are_not_sent_to_the_model(talk: Any) -> None:
    typist, server = talk(Turn(text="x"))
    assert "/exit" in typist.ask("/help", PROMPT)
    assert "no command /nonsense" in typist.ask("/nonsense with words", PROMPT)
    assert "model calls" in typist.ask("/cost", PROMPT)
    typist.ask("", PROMPT)
    assert server.bodies == []
    typist.ask("/usr is a path", PROMPT)
    assert last_said(server) == "/usr is a path"
    typist.type("/quit\r")
    assert typist.end() == 0


def test_a_backslash_goes_on_with_the_next_line_and_a_line_may_be_very_long(talk: Any) -> None:
    typist, server = talk(Turn(text="x"))
    typist.ask("first \\", "… ")
    typist.ask("second", PROMPT)
    assert last_said(server) == "first \nsecond"
    for _ in range(10):
        typist.type("word " * 600)
    typist.ask("end", PROMPT)
    assert last_said(server) == "word " * 6000 + "end"


@pytest.mark.parametrize(
    ("answer", "made", "told"),
    [("y", True, "no output"), ("yes", True, "no output"), ("n", False, "the user said no"), ("", False, "said no")],
)
def test_a_question_is_answered(talk: Any, home: Any, answer: str, made: bool, told: str) -> None:
    typist, server = talk(TOUCH, Turn(text="so be it"))
    asked = typist.ask("go", "answer: ")
    assert "touch" in asked
    assert re.findall(r"\r\n  (yes|no|session|project|user) +\S", asked) == ["yes", "no", "session", "project", "user"]
    typist.ask(answer, "so be it")
    assert (home.workspace / "made-1").exists() == made
    assert told in str(server.bodies[-1]["messages"][-1]["content"])


def test_what_is_hidden_of_a_long_question_can_be_seen_before_it_is_answered(talk: Any, home: Any) -> None:
    content = "".join(f"line {number}\n" for number in range(400))
    typist, _ = talk(Turn(calls=[Call("write_file", {"path": "long", "content": content})]), Turn(text="so be it"))
    asked = typist.ask("go", "answer: ")
    assert "lines are hidden here; answer `show` to see them all" in asked
    assert "+line 200\r" not in asked
    assert "+line 200\r" in typist.ask("show", r"line 399[\s\S]*answer: ")
    typist.ask("yes", "so be it")
    assert (home.workspace / "long").read_text() == content


def test_an_answer_for_the_session_is_asked_once(talk: Any, home: Any) -> None:
    again = Turn(calls=[Call("bash", {"command": "touch same"})])
    typist, _ = talk(again, again, Turn(text="so be it"))
    typist.ask("go", "answer: ")
    assert "? " not in typist.ask("s", "so be it")


def test_ctrl_c_at_a_question_interrupts_and_the_next_line_is_a_prompt(talk: Any) -> None:
    typist, server = talk(TOUCH, Turn(text="so be it"))
    typist.ask("go", "answer: ")
    typist.type(CTRL_C)
    typist.see("interrupted" + PROMPT)
    assert "so be it" in typist.ask("and now?", PROMPT)
    assert last_said(server) == "and now?"
    assert server.seen[-1].faults == []


def test_ctrl_c_interrupts_an_answer_and_a_command(talk: Any, home: Any) -> None:
    sleep = Turn(calls=[Call("bash", {"command": "sleep 900"})])
    typist, server = talk(Turn(text="word " * 3000, pace_s=0.02), sleep, Turn(text="still here"))
    typist.ask("talk", "word word")
    typist.type(CTRL_C)
    typist.see("interrupted" + PROMPT)
    typist.ask("sleep", "answer: ")
    typist.ask("y", "● bash")
    typist.type(CTRL_C)
    typist.see("interrupted" + PROMPT)
    assert not any("sleep" in one for one in home.leftovers())
    typist.ask("there?", "still here" + PROMPT)
    assert server.seen[-1].faults == []


def test_ctrl_c_clears_a_line_and_twice_on_an_empty_one_leaves(talk: Any) -> None:
    typist, server = talk(Turn(text="x"))
    typist.type("rm everything" + CTRL_C)
    typist.see(PROMPT)
    typist.type(CTRL_C)
    typist.see("Ctrl-C again leaves" + ".*" + PROMPT)
    typist.type(CTRL_C)
    typist.see("goes on from here")
    assert typist.end() == 0
    assert server.bodies == []
    assert typist.modes() == typist.before


def test_a_signal_leaves_the_terminal_as_it_was(talk: Any) -> None:
    typist, _ = talk(Turn(text="x"))
    typist.process.send_signal(signal.SIGTERM)
    assert typist.end() == 130
    assert typist.modes() == typist.before


def test_words_on_the_command_line_are_the_first_prompt(talk: Any) -> None:
    typist, server = talk(Turn(text="hello you"), arguments=("hello", "there"), begins="> hello there\r\nhello you")
    assert last_said(server) == "hello there"
    typist.see(PROMPT)
