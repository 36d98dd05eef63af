"""One prompt, end to end: the real program, real plugins, and a model server that follows a script."""

import json
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn


def results(server: ScriptedServer) -> list[str]:
    """What the model was told by tools, in the last request."""
    return [str(message["content"]) for message in server.bodies[-1]["messages"] if message["role"] == "tool"]


def test_the_answer_is_on_stdout_and_progress_on_stderr(home: Any) -> None:
    (home.workspace / "a.txt").write_text("hello\n")
    with ScriptedServer([Turn(calls=[Call("read_file", {"path": "a.txt"})]), Turn(text="It says hello.")]) as server:
        home.model(server.url)
        done = home.peg("-p", "what does a.txt say?")
        assert (done.returncode, done.stdout) == (0, "It says hello.\n"), done.stderr
        assert "read_file" in done.stderr
        assert "hello" in results(server)[0]


def test_a_prompt_may_come_from_stdin_and_exec_is_the_same(home: Any) -> None:
    with ScriptedServer([Turn(text="fine")]) as server:
        home.model(server.url)
        assert home.peg("-p", stdin="from stdin").stdout == "fine\n"
        assert "from stdin" in json.dumps(server.bodies[-1]["messages"])
        assert home.peg("exec", "as argument", stdin="and stdin").stdout == "fine\n"
        assert "as argument" in json.dumps(server.bodies[-1]["messages"])
        assert "and stdin" in json.dumps(server.bodies[-1]["messages"])


def test_what_a_locale_has_no_letter_for_is_no_reason_to_lose_an_answer(home: Any) -> None:
    with ScriptedServer([Turn(text="“done” → ü")]) as server:
        home.model(server.url, PYTHONIOENCODING="latin-1")
        done = home.peg("-p", "go", encoding="latin-1")
        assert (done.returncode, done.stdout) == (0, "\\u201cdone\\u201d \\u2192 ü\n"), done.stderr
        for form in ("json", "stream-json"):
            said = home.peg("-p", "go", "--output-format", form, encoding="utf-8").stdout
            assert json.loads(said.splitlines()[-1])["result"] == "“done” → ü", "JSON is UTF-8 everywhere"


def test_nobody_to_ask_means_no_and_says_which_rule_would_do(home: Any) -> None:
    script = [Turn(calls=[Call("bash", {"command": "touch made"})]), Turn(text="I may not.")]
    with ScriptedServer(script) as server:
        home.model(server.url)
        done = home.peg("-p", "make it")
        assert done.returncode == 3, done.stderr
        assert not (home.workspace / "made").exists()
        assert "bash(touch made)" in results(server)[0]
    with ScriptedServer(script) as server:
        home.model(server.url)
        done = home.peg("-p", "make it", "--allow", "bash(touch *)")
        assert done.returncode == 0, done.stderr
        assert (home.workspace / "made").exists()


def test_json_is_one_object_and_stream_json_one_a_line(home: Any) -> None:
    script = [Turn(calls=[Call("glob", {"pattern": "*"})]), Turn(text="Nothing here.")]
    with ScriptedServer(script, by="conversation") as server:
        home.model(server.url)
        whole = json.loads(home.peg("-p", "look", "--output-format", "json").stdout)
        assert whole["end"] == "done"
        assert whole["result"] == "Nothing here."
        assert whole["turns"] == 2
        assert whole["denials"] == []
        lines = [json.loads(line) for line in home.peg("-p", "look", "--json").stdout.splitlines()]
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "init"
    assert kinds[-1] == "result"
    assert {"message", "delta", "tool_use", "tool_result"} <= set(kinds)
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert len({line["session_id"] for line in lines}) == 1
    assert all(line["schema"] == 1 for line in lines)


def test_a_turn_limit_ends_with_its_own_status(home: Any) -> None:
    with ScriptedServer([Turn(calls=[Call("glob", {"pattern": "{i}"})])]) as server:
        home.model(server.url)
        done = home.peg("-p", "go on for ever", "--max-turns", "3", "--output-format", "json")
        assert done.returncode == 5
        assert json.loads(done.stdout)["end"] == "limit_turns"
        assert len(server.bodies) == 3


@pytest.mark.parametrize(("status", "said"), [(401, "OPENAI_API_KEY"), (404, "model")])
def test_a_provider_that_refuses_ends_with_status_6_and_the_repair(home: Any, status: int, said: str) -> None:
    with ScriptedServer([Turn(status=status, error={"message": "no"})]) as server:
        home.model(server.url)
        done = home.peg("-p", "hello")
        assert done.returncode == 6
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_wrong_arguments_are_told_to_the_model_and_cost_nothing(home: Any) -> None:
    script = [
        Turn(calls=[Call("read_file", {"pth": "a"})]),
        Turn(calls=[Call("read_file", "{not json")]),
        Turn(calls=[Call("raed_file", {})]),
        Turn(text="ok"),
    ]
    with ScriptedServer(script) as server:
        home.model(server.url)
        assert home.peg("-p", "go").returncode == 0
        said = results(server)
    assert "did you mean 'path'" in said[0]
    assert "not a JSON object" in said[1]
    assert "read_file" in said[2]


def test_a_session_goes_on_with_c_and_with_the_start_of_its_id(home: Any) -> None:
    with ScriptedServer([Turn(text="one"), Turn(text="two"), Turn(text="three")]) as server:
        home.model(server.url)
        first = json.loads(home.peg("-p", "first", "--output-format", "json").stdout)
        second = json.loads(home.peg("-c", "-p", "second", "--output-format", "json").stdout)
        assert second["session_id"] == first["session_id"]
        roles = [message["role"] for message in server.bodies[-1]["messages"] if message["role"] != "system"]
        assert roles == ["user", "assistant", "user"]
        forked = json.loads(
            home.peg("-r", first["session_id"][:20], "--fork-session", "-p", "third", "--output-format", "json").stdout
        )
        assert forked["session_id"] != first["session_id"]
        assert len([m for m in server.bodies[-1]["messages"] if m["role"] != "system"]) == 5


def test_no_session_leaves_nothing_behind(home: Any) -> None:
    with ScriptedServer([Turn(text="gone")]) as server:
        home.model(server.url)
        assert home.peg("-p", "hello", "--no-session").stdout == "gone\n"
    assert list(home.state.glob("sessions/*/journal.jsonl")) == []


def test_the_answer_can_be_made_to_fit_a_schema(home: Any) -> None:
    schema = home.workspace / "s.json"
    schema.write_text('{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}')
    with ScriptedServer([Turn(text='{"n": 7}')]) as server:
        home.model(server.url)
        done = home.peg("-p", "count", "--json-schema", "s.json")
        assert json.loads(done.stdout) == {"n": 7}
        assert "json_schema" in json.dumps(server.bodies[-1])
    with ScriptedServer([Turn(text="seven")]) as server:
        home.model(server.url)
        done = home.peg("-p", "count", "--json-schema", "s.json")
        assert done.returncode == 1
        assert "schema" in done.stderr


def test_the_first_request_stays_under_8_kilobytes(home: Any) -> None:
    with ScriptedServer([Turn(text="small")]) as server:
        home.model(server.url)
        assert home.peg("-p", "hi").returncode == 0
        assert server.seen[-1].size < 8192
        names = {tool["function"]["name"] for tool in server.bodies[-1]["tools"]}
    assert {"read_file", "write_file", "edit_file", "glob", "grep", "bash", "ask_user", "todo_write"} <= names


def test_nothing_is_left_running(home: Any) -> None:
    script = [Turn(calls=[Call("bash", {"command": "printf ok"})]), Turn(text="done")]
    with ScriptedServer(script) as server:
        home.model(server.url)
        assert home.peg("-p", "go", "--allow", "bash(*)").returncode == 0
    assert home.leftovers() == []


def test_a_file_that_the_prompt_mentions_goes_along_and_one_that_needs_a_rule_does_not(home: Any) -> None:
    (home.workspace / "a.txt").write_text("the content of a\n")
    (home.workspace.parent / "outside.txt").write_text("the content outside\n")
    with ScriptedServer([Turn(text="seen")]) as server:
        home.model(server.url)
        done = home.peg("-p", "compare @a.txt with @../outside.txt")
        assert (done.returncode, done.stdout) == (0, "seen\n"), done.stderr
        sent = json.dumps(server.bodies[-1]["messages"])
        assert "the content of a" in sent
        assert "the content outside" not in sent
        assert "--allow 'read_file(" in sent
