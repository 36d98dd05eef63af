"""The options of a prompt: what each changes for the model, for the gate and for what is printed."""

import json
import os
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn

WRITE = Turn(calls=[Call("write_file", {"path": "new.txt", "content": "x\n"})])


def offered(server: ScriptedServer) -> set[str]:
    return {tool["function"]["name"] for tool in server.bodies[-1].get("tools", ())}


def run(home: Any, *arguments: str, turns: tuple[Turn, ...] = (Turn(text="fine"),), **more: Any) -> Any:
    """The program's end, and the server that it talked to."""
    with ScriptedServer(list(turns)) as server:
        home.model(server.url)
        return home.peg("-p", "hi", *arguments, **more), server


def test_tools_plugin_and_no_plugins_narrow_what_is_offered(home: Any) -> None:
    assert {"bash", "read_file"} <= offered(run(home)[1])
    assert offered(run(home, "--tools", "glob, read_file")[1]) == {"glob", "read_file"}
    assert offered(run(home, "--plugin", "search", "-e", "hello")[1]) == {"glob", "grep", "greet"}
    assert offered(run(home, "--no-plugins")[1]) == set()
    done, _ = run(home, "--tools", "glib")
    assert "no tool `glib` is installed" in done.stderr


def test_the_model_is_chosen_by_flag_config_and_name(home: Any) -> None:
    assert run(home, "-m", "openai/some/model:8b")[1].bodies[-1]["model"] == "some/model:8b"
    assert run(home, "--set", "model=openai/other")[1].bodies[-1]["model"] == "other"
    home.config.mkdir()
    (home.config / "config.toml").write_text('[models.fast]\nprovider = "openai"\nmodel = "tiny"\n')
    assert run(home, "--model", "fast")[1].bodies[-1]["model"] == "tiny"


def test_more_of_a_system_prompt(home: Any) -> None:
    _, server = run(home, "--append-system-prompt", "Rhyme.")
    assert server.bodies[-1]["messages"][0]["content"].endswith("Rhyme.")


@pytest.mark.parametrize(
    ("arguments", "status", "made"),
    [
        ((), 3, False),
        (("--mode", "plan"), 3, False),
        (("--mode", "plan", "--allow", "write_file"), 3, False),
        (("--mode", "edit"), 0, True),
        (("--permission-mode", "full"), 0, True),
        (("--mode", "full", "--deny", "write_file"), 3, False),
        (("--allow", "Write(new.txt)"), 0, True),
        (("--allow", "Write(*.txt)", "--deny", "Edit(new.*)"), 3, False),
        (("--set", "mode=edit"), 0, True),
    ],
    ids=str,
)
def test_modes_and_rules_decide_what_is_written(home: Any, arguments: tuple[str, ...], status: int, made: bool) -> None:
    done, _ = run(home, *arguments, turns=(WRITE, Turn(text="so")))
    assert (done.returncode, done.stdout) == (status, "so\n"), done.stderr
    assert (home.workspace / "new.txt").exists() == made


def test_options_may_stand_before_and_behind_the_prompt(home: Any) -> None:
    with ScriptedServer([WRITE, Turn(text="so")], by="conversation") as server:
        home.model(server.url)
        done = home.peg("--mode", "edit", "exec", "--allow", "bash(ls)", "do", "it", "--json")
        assert done.returncode == 0, done.stderr
        assert (home.workspace / "new.txt").exists()
        assert home.peg("do", "it", "-p", "--mode", "edit").stdout == "so\n"
        assert home.peg("run", "do it").returncode == 3


def test_the_last_message_is_also_written_to_a_file_named_from_here(home: Any) -> None:
    other = home.folder / "other"
    other.mkdir()
    done, _ = run(home, "-o", "answer.txt", "--cwd", str(other))
    assert done.stdout == "fine\n"
    assert (home.workspace / "answer.txt").read_text() == "fine"
    done, _ = run(home, "-o", "/dev/stderr")
    assert done.stderr.endswith("fine")
    done, _ = run(home, "-o", "/no/such/folder/answer")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [('{"n": 1}', 0, ""), ('{"n": "one"}', 1, "does not fit the schema"), ("one", 1, "not JSON")],
)
def test_the_answer_has_to_fit_the_schema(home: Any, answer: str, status: int, said: str) -> None:
    (home.workspace / "schema.json").write_text(json.dumps(SCHEMA))
    done, server = run(home, "--json-schema", "schema.json", "-C", "..", turns=(Turn(text=answer),))
    assert done.returncode == status, done.stderr
    assert done.stdout == answer + "\n"
    assert said in done.stderr
    assert "n" in json.dumps(server.bodies[-1].get("response_format", "n"))


@pytest.mark.parametrize("text", ["[]", "{", "\xff"])
def test_a_schema_that_is_none_is_refused_before_anything_is_asked(home: Any, text: str) -> None:
    (home.workspace / "schema.json").write_text(text, encoding="latin-1")
    done, server = run(home, "--json-schema", "schema.json")
    assert done.returncode == 2
    assert "schema.json" in done.stderr
    assert server.bodies == []


def test_budgets_end_with_their_own_status(home: Any) -> None:
    call = Turn(calls=[Call("glob", {"pattern": "{i}"})])
    assert run(home, "--max-turns", "2", turns=(call,))[0].returncode == 5
    assert run(home, "--set", "limits.tokens=10", turns=(call,))[0].returncode == 4


def test_json_says_how_it_ended_whatever_the_end(home: Any) -> None:
    done, _ = run(home, "--output-format", "json", turns=(WRITE, Turn(text="so")))
    told = json.loads(done.stdout)
    assert set(told) == {"schema", "session_id", "result", "end", "turns", "usage", "cost", "denials"}
    assert (done.returncode, told["end"], told["result"]) == (3, "denied", "so")
    assert told["denials"][0].startswith("write_file: ")
    done, _ = run(home, "--output-format", "json", turns=(Turn(status=400, error={"message": "no"}),))
    assert (done.returncode, json.loads(done.stdout)["end"]) == (6, "error")


def test_verbose_shows_what_the_disk_cost(home: Any) -> None:
    done, _ = run(home, "-v")
    assert "fdatasync: " in done.stderr


UNTRUSTED = "this folder is not trusted"


def test_the_configuration_of_an_untrusted_folder_is_not_even_opened(home: Any) -> None:
    (home.workspace / ".pegboard").mkdir()
    # Whoever opens a pipe without a writer waits for ever.
    os.mkfifo(home.workspace / ".pegboard" / "config.toml")
    done, _ = run(home, timeout=30)
    assert (done.returncode, done.stdout) == (0, "fine\n")
    assert [line for line in done.stderr.splitlines() if UNTRUSTED in line] == [
        "peg: this folder is not trusted, so .pegboard is ignored; "
        "`peg trust` trusts it, --trust accepts it for this run"
    ]
    for command in (
        ("policy", "explain", "bash", '{"command": "ls"}'),
        ("config", "list"),
        ("doctor",),
        ("tool", "list"),
    ):
        assert home.peg(*command, timeout=30).returncode == 0, command


def test_a_trusted_folder_may_only_narrow(home: Any) -> None:
    (home.workspace / ".pegboard").mkdir()
    file = home.workspace / ".pegboard" / "config.toml"
    file.write_text('[permissions]\nallow = ["write_file"]\n')
    done, _ = run(home, "--trust", turns=(WRITE, Turn(text="so")))
    assert UNTRUSTED not in done.stderr
    assert not (home.workspace / "new.txt").exists()
    file.write_text('[permissions]\ndeny = ["write_file"]\n')
    done, _ = run(home, "--trust", "--mode", "full", turns=(WRITE, Turn(text="so")))
    assert done.returncode == 3, done.stderr
    done, _ = run(home, "--mode", "full", turns=(WRITE, Turn(text="so")))
    assert done.returncode == 0


def test_an_effort_reaches_the_model(home: Any) -> None:
    done, server = run(home, "-m", "openai/scripted-1:high")
    assert done.returncode == 0, done.stderr
    assert (server.bodies[0]["model"], server.bodies[0].get("reasoning_effort")) == ("scripted-1", "high")
