"""The page for scripts: its examples run as they stand, and its tables are the records'."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scripted_server import Call, ScriptedServer, Turn

from pegboard.cli.conversing.streamed import AnswerLine, AnswersLine, InterruptLine, MessageLine
from pegboard.cli.exits import Exit
from pegboard.cli.fronts import STREAMED
from pegboard.cli.headless import CORRECTIONS, ENDS
from pegboard_sdk.wire.records import SCHEMA

PAGE = Path(__file__).parents[2] / "kernel" / "HEADLESS.md"
EXAMPLES = re.findall(r"^```(?:\w+) runs\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
SHELL, PYTHON, SHELL_LINES, PYTHON_LINES = EXAMPLES
ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text().splitlines() if line.startswith("|")
]

LINES_IN = ROWS[[row[0] for row in ROWS].index("line in") :]


def run(home: Any, example: str, *turns: Turn) -> subprocess.CompletedProcess[str]:
    home.env["PATH"] = f"{Path(sys.executable).parent}:{home.env['PATH']}"
    with ScriptedServer(turns) as server:
        home.model(server.url)
        command = [sys.executable, "-c"] if example.startswith("import") else ["/bin/sh", "-c"]
        return subprocess.run(
            [*command, example], cwd=home.workspace, env=home.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip


@pytest.mark.parametrize(("turn", "said"), [(Turn(text="OK"), "OK\n"), (Turn(status=401), "it failed\n")])
def test_the_shell_example_runs(home: Any, turn: Turn, said: str) -> None:
    for words in ("init -q", "commit -q --allow-empty -m a", "commit -q --allow-empty -m b"):
        who = {f"GIT_{one}_{what}": "a@b" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", *words.split()], cwd=home.workspace, env=os.environ | who, check=True, timeout=60)
    done = run(home, SHELL, turn)
    assert (done.returncode, done.stdout) == (0, said), done.stderr


def test_the_python_example_runs(home: Any) -> None:
    (home.workspace / "a.txt").write_text("x")
    done = run(home, PYTHON, Turn(calls=[Call("read_file", {"path": "a.txt"})]), Turn(text="Mended."))
    assert done.stdout == "calls read_file\ndone Mended.\nexit status 0\n", done.stderr


def test_the_examples_of_a_conversation_run(home: Any) -> None:
    done = run(home, SHELL_LINES, Turn(text="It adds."), Turn(text="By hand."))
    assert (done.returncode, done.stdout) == (0, "done It adds.\ndone By hand.\n"), done.stderr
    done = run(home, PYTHON_LINES, Turn(calls=[Call("bash", {"command": "touch mended"})]), Turn(text="Mended."))
    assert (done.returncode, done.stdout) == (0, "done Mended.\n"), done.stderr
    assert (home.workspace / "mended").exists()
    assert all(len(example.strip().splitlines()) <= 14 for example in EXAMPLES)


@pytest.mark.parametrize("line", [MessageLine, InterruptLine, AnswersLine, AnswerLine], ids=lambda line: line.__name__)
def test_every_line_in_is_documented_with_its_fields(line: type[msgspec.Struct]) -> None:
    row = next(row for row in LINES_IN if row[0] == f"`{line.__struct_config__.tag}`")
    assert re.findall(r"`(\w+)`", row[2]) == [field.encode_name for field in msgspec.structs.fields(line)]


def test_without_a_key_standard_error_says_what_would_do(home: Any) -> None:
    for options in ((), ("--input-format", "stream-json")):
        done = home.peg("-p", "hi", *options, stdin="")
        assert done.returncode == Exit.PROVIDER
        for way in ("peg login", "OPENAI_API_KEY", "OPENAI_BASE_URL", "local server"):
            assert way in done.stderr


@pytest.mark.parametrize("record", STREAMED, ids=lambda record: record.__name__)
def test_every_line_is_documented_with_its_fields(record: type[msgspec.Struct]) -> None:
    row = next(row for row in ROWS if row[0] == f"`{record.__struct_config__.tag}`")
    fields = [field.encode_name for field in msgspec.structs.fields(record)]
    said = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", row[2]))
    assert [name for name in said if name != "schema"] == [name for name in fields if name != "schema"]


def test_every_ending_is_documented_with_its_status() -> None:
    for ending, status in ENDS.items():
        (row,) = [row for row in ROWS if row[0] == f"`{ending.value}`" and len(row) == 3 and row[1][0].isdigit()]
        assert int(Exit(status)) in [int(number) for number in row[1].split(", ")]
    assert f"(the version, now {SCHEMA})" in PAGE.read_text()


def asked(home: Any, *answers: str) -> tuple[Any, int]:
    (home.workspace / "schema.json").write_text(
        '{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}'
    )
    with ScriptedServer([Turn(text=text) for text in answers]) as server:
        home.model(server.url)
        done = home.peg("-p", "hi", "--json-schema", "schema.json", "--output-format", "json")
        told = [message["content"] for message in server.bodies[-1]["messages"] if message["role"] == "user"]
        assert all("does not fit" in str(text) for text in told[1:])
        return done, len(server.bodies)


def test_an_answer_that_does_not_fit_is_given_back(home: Any) -> None:
    done, requests = asked(home, "nonsense", '{"a": "x"}', '{"a": 1}')
    assert (done.returncode, requests) == (0, 3), done.stderr
    assert json.loads(done.stdout)["result"] == '{"a": 1}'


def test_but_not_for_ever(home: Any) -> None:
    done, requests = asked(home, "nonsense")
    assert (done.returncode in (1, 6), requests) == (True, CORRECTIONS + 1), done.stderr
