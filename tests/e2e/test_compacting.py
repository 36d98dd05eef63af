"""A conversation that outgrows its model, end to end: the real program, its plugins, and a server with a script."""

import json
from itertools import pairwise
from typing import Any

from scripted_server import Call, ScriptedServer, Turn

CONFIG = """
model = "tiny"
[models.tiny]
base_url = "{url}"
api_key_env = "OPENAI_API_KEY"
model = "gpt-5-mini"
context = {context}
"""
FACT = "the port is 48151"
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def configured(home: Any, server: ScriptedServer, context: int) -> None:
    home.config.mkdir(exist_ok=True)
    (home.config / "config.toml").write_text(CONFIG.format(url=server.url, context=context))
    home.env |= {"OPENAI_API_KEY": "key-for-tests"}
    (home.workspace / "big.txt").write_text(f"{FACT}\n" + "some words of no use\n" * 600)


def records(home: Any, kind: str) -> list[Any]:
    (journal,) = (home.state / "sessions").glob("*/journal.jsonl")
    lines = [json.loads(line)["record"] for line in journal.read_text().splitlines()]
    return [line for line in lines if line["type"] == kind]


AGAIN = Turn(calls=[Call("read_file", {"path": "./big.txt"})], usage=USAGE)
READ = Turn(calls=[Call("read_file", {"path": "big.txt"})], usage=USAGE)


def test_results_shrink_to_handles_that_can_be_read_back(home: Any) -> None:
    with ScriptedServer([*[READ, AGAIN] * 4, Turn(text="Done.", usage=USAGE)]) as server:
        configured(home, server, 30_000)
        done = home.peg("-p", "read it again and again")
        assert (done.returncode, done.stdout) == (0, "Done.\n"), done.stderr
        cut = records(home, "compacted")
        assert cut, done.stderr
        assert cut[0]["shrunk"]
        results = [message["content"] for message in server.bodies[-1]["messages"] if message["role"] == "tool"]
        notes = [text for text in results if "left out to save room" in str(text)]
        assert len(results) == 8
        assert notes
        assert FACT in str(results[-1])
        handle = str(notes[0]).partition("output:")[2][:12]
        (blob,) = (home.state / "sessions").glob(f"*/blobs/{handle}*")
        assert FACT in blob.read_text()


def test_what_a_provider_finds_too_long_is_shortened_once_and_asked_again(home: Any) -> None:
    message = "This model's maximum context length is 100 tokens."
    error = {"error": {"message": message, "type": "invalid_request_error", "code": "context_length_exceeded"}}
    long = Turn(status=400, error=error)
    with ScriptedServer([READ, READ, READ, READ, long, Turn(text="Done.", usage=USAGE)]) as server:
        configured(home, server, 0)
        done = home.peg("-p", "read it")
        assert (done.returncode, done.stdout) == (0, "Done.\n"), done.stderr
        assert len(records(home, "compacted")) == 1


def test_a_full_context_is_compacted_by_itself_and_goes_on_the_same_after_a_resume(home: Any) -> None:
    said = "We decided to keep the relay. " + "It goes on and on about nothing at all. " * 100
    work = [
        Turn(text=f"{n}: {said}", calls=[Call("read_file", {"path": f"file{n}.txt"})], usage=USAGE) for n in range(12)
    ]
    with ScriptedServer([*work, Turn(text="Done.", usage=USAGE), Turn(text="Still here.", usage=USAGE)]) as server:
        configured(home, server, 14_000)
        with (home.config / "config.toml").open("a") as file:
            file.write("[plugin.compact]\nmodel = false\n")
        for n in range(12):
            (home.workspace / f"file{n}.txt").write_text(f"fact {n}\n" + "words of no use\n" * 60)
        done = home.peg("-p", "read them all")
        assert (done.returncode, done.stdout) == (0, "Done.\n"), done.stderr
        (cut, *_) = records(home, "compacted")
        assert "the context is almost full" in cut["reason"]
        assert "read_file path=output:" in cut["summary"]
        sizes = [len(json.dumps(body["messages"])) for body in server.bodies]
        assert any(after < 0.8 * before for before, after in pairwise(sizes))
        assert max(len(json.dumps(body)) for body in server.bodies) < 14_000 * 3.5
        before = server.bodies[-1]["messages"]
        resumed = home.peg("-c", "-p", "are you there")
        assert (resumed.returncode, resumed.stdout) == (0, "Still here.\n"), resumed.stderr
        messages = server.bodies[-1]["messages"]
        assert messages[1 : len(before)] == before[1:]
        assert messages[1]["content"] == "read them all"
        assert [message["role"] for message in messages[len(before) :]] == ["assistant", "user"]
        assert home.peg("session", "verify").returncode == 0
