"""A conversation that outgrows its model, end to end: the real program, its plugins, and a server with a script."""

import json
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
