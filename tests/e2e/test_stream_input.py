"""`--input-format stream-json`: a program says, is asked, answers and interrupts over lines of JSON."""

import json
from typing import Any

from scripted_server import Call, ScriptedServer, Turn

TOUCH = Turn(calls=[Call("bash", {"command": "touch made"})])


def run(home: Any, *lines: Any, **more: Any) -> tuple[list[dict[str, Any]], int]:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    done = home.peg("-p", "--input-format", "stream-json", stdin=text, **more)
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def test_each_message_is_a_run_in_one_session(home: Any) -> None:
    with ScriptedServer([Turn(text="one"), Turn(text="two")]) as server:
        home.model(server.url)
        out, status = run(home, {"type": "message", "text": "first"}, {"type": "message", "text": "second"})
    assert status == 0
    assert [line["result"] for line in out if line["type"] == "result"] == ["one", "two"]
    assert [line["seq"] for line in out] == list(range(1, len(out) + 1))
    assert len({line["session_id"] for line in out}) == 1
    assert {line["schema"] for line in out} == {1}


def test_without_a_word_that_it_can_answer_a_question_is_a_denial(home: Any) -> None:
    with ScriptedServer([TOUCH, Turn(text="so be it")]) as server:
        home.model(server.url)
        out, status = run(home, {"type": "message", "text": "go"})
    assert status == 3
    assert "question" not in {line["type"] for line in out}
    assert not (home.workspace / "made").exists()


def test_a_caller_that_can_answer_is_asked(home: Any) -> None:
    with ScriptedServer([TOUCH, Turn(text="made")]) as server:
        home.model(server.url)
        child = home.start("-p", "--input-format", "stream-json", stdin=-1)
        child.stdin.write('{"type": "answers"}\n{"type": "message", "text": "go"}\n')
        child.stdin.flush()
        for text in child.stdout:
            line = json.loads(text)
            if line["type"] == "question":
                break
        said = {"type": "answer", "question": line["question"], "answer": "yes", "sha256": line["sha256"]}
        child.stdin.write(json.dumps(said) + "\n")
        child.stdin.close()
        child.stdin = None
        rest = [json.loads(text) for text in child.stdout]
        assert child.wait(60) == 0
    assert rest[-1]["end"] == "done"
    assert (home.workspace / "made").exists()


def test_a_line_that_is_none_is_said_and_the_status_is_2(home: Any) -> None:
    with ScriptedServer([Turn(text="one")]) as server:
        home.model(server.url)
        out, status = run(home, "{nonsense", {"type": "sing"}, {"type": "message", "text": "first"})
    assert status == 2
    assert [line["code"] for line in out if line["type"] == "error"] == ["INPUT", "INPUT"]
    assert [line["result"] for line in out if line["type"] == "result"] == ["one"]


def test_nothing_said_is_nothing_done(home: Any) -> None:
    home.model("http://127.0.0.1:1/v1")
    out, status = run(home)
    assert status == 0
    assert [line["type"] for line in out] == ["init"]
