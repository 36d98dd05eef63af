"""A disk that fills while a session is written ends the run with a clear error, and the session goes on afterwards."""

import resource
from typing import Any

from scripted_server import Call, ScriptedServer, Turn

from pegboard.journal import verify

ROOM = 60_000


def small_files() -> None:
    """The full disk that a test may make: no file grows beyond this, the system takes a part and then says no."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def test_a_full_disk_ends_the_run_with_one_sentence_and_the_session_resumes(home: Any) -> None:
    with ScriptedServer([Turn(text="x" * 2 * ROOM), Turn(text="back again")]) as server:
        home.model(server.url)
        full = home.peg("-p", "say a lot about a pelican", preexec_fn=small_files)
        assert full.returncode == 1, full.stderr
        assert "record not written: File too large" in full.stderr
        assert "Traceback" not in full.stderr
        (session,) = (home.state / "sessions").iterdir()
        assert verify(session).torn == 0
        again = home.peg("-c", "-p", "which word?")
        assert again.stdout == "back again\n", again.stderr
        texts = [str(message.get("content")) for message in server.bodies[-1]["messages"]]
    assert any("pelican" in text for text in texts)


def test_a_full_disk_in_mid_tool_leaves_a_call_that_is_answered_on_resume(home: Any) -> None:
    (home.workspace / "big.txt").write_text("line of text\n" * 2_000)
    call = Turn(calls=[Call("read_file", {"path": "big.txt"})])
    with ScriptedServer([call, call, call, call, Turn(text="done"), Turn(text="done")]) as server:
        home.model(server.url)
        full = home.peg("-p", "read it", preexec_fn=small_files)
        assert full.returncode == 1, full.stderr
        assert "record not written: File too large" in full.stderr
        again = home.peg("-c", "-p", "go on")
        assert again.returncode == 0, again.stderr
        calls = [call["id"] for each in server.bodies[-1]["messages"] for call in each.get("tool_calls") or ()]
        results = [each["tool_call_id"] for each in server.bodies[-1]["messages"] if each["role"] == "tool"]
    assert calls
    assert calls == results
