"""A run against the Messages API: a prompt, a tool, an answer, with the key that the provider alone gets."""

import sys
from pathlib import Path

TOOLS = str(Path(__file__).parents[1] / "tools")
if TOOLS not in sys.path:
    sys.path.insert(0, TOOLS)

from messages_api.server import MessagesServer  # noqa: E402
from messages_api.turn import Call, Turn  # noqa: E402


def test_a_run_thinks_reads_and_answers(home):
    (home.workspace / "notes.txt").write_text("the answer is 42\n")
    read = Turn(thinking="I read.", text="Let me see.", calls=[Call("read_file", {"path": "notes.txt"})])
    with MessagesServer([read, Turn(text="It is 42.")], key="sk-planted-key") as server:
        home.env |= {
            "ANTHROPIC_API_KEY": "sk-planted-key",
            "ANTHROPIC_BASE_URL": server.url,
            "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        }
        done = home.peg("-p", "what is it?", "--model", "anthropic/claude-scripted")
    assert (done.returncode, done.stdout) == (0, "It is 42.\n"), done.stderr
    assert [seen.faults for seen in server.asked] == [[], []]
    assert "the answer is 42" in str(server.bodies[1]["messages"][-1])
    assert server.bodies[1]["messages"][1]["content"][0]["thinking"] == "I read."
    assert server.asked[1].usage["cache_read_input_tokens"] > 1000
