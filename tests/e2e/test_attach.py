"""Several front-ends before one session: real processes on terminals of their own, over the session's socket."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripted_server import Call, ScriptedServer, Turn
from seats import Seat
from typist import CTRL_D, DEADLINE_S, Typist

HELD = "Ctrl-D to leave"


def until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def sockets(home: Any) -> list[Path]:
    return list((home.folder / "runtime" / "attach").glob("*.sock"))


def held(home: Any) -> str:
    until(lambda: sockets(home), "no session is held")
    (file,) = sockets(home)
    return file.stem


def plain(home: Any, *options: str) -> Typist:
    """The holder, or one who attaches, line by line."""
    home.env |= {"TERM": "xterm", "NO_COLOR": "1"}
    typist = Typist((*options, "--plain"), cwd=home.workspace, env=home.env)
    typist.see(HELD)
    return typist


def test_front_ends_see_the_same_and_the_death_of_one_ends_nothing(home: Any) -> None:
    late = Seat(home, "late", ["wait", "replay"], ["prompt", "second"], ["wait", "result", 2], ["leave"])
    dies = Seat(home, "dies", ["once", "wait", "replay"], ["once", "die"], ["wait", "result", 2], ["detach"])
    with ScriptedServer([Turn(text="one"), Turn(text="two"), Turn(text="three")]) as server:
        home.model(server.url)
        with plain(home) as holder:
            holder.ask("first", "one")
            session = held(home)
            with dies.sit("attach") as other:
                until(lambda: len([1 for event in dies.happened() if "began" in event]) == 2, "no second front-end")
                with late.sit("attach", session[:-2]) as typist:
                    typist.see(rf"peg attach {session} comes back")
                    assert typist.end() == 0
                    assert typist.modes() == typist.before
                holder.see("two")
                other.see("comes back")
                assert other.end() == 0
                assert other.modes() == other.before
            assert holder.ask("third", "three")
    assert [record["result"] for record in late.shown("result", replay=True)] == ["one"]
    assert [record["result"] for record in late.shown("result", replay=False)] == ["two"]
    assert dies.shown("result")[-1]["result"] == "two"


def test_the_first_answer_counts_and_the_other_question_is_withdrawn(home: Any) -> None:
    asked = Call("bash", {"command": "touch made"})
    home.env |= {"TERM": "xterm", "NO_COLOR": "1"}
    silent = Seat(home, "silent", ["wait", "idle"], ["prompt", "go"], ["wait", "withdrawn"], ["stay"], answers=("...",))
    answers = Seat(home, "answers", ["wait", "result"], ["detach"], answers=("yes",))
    with ScriptedServer([Turn(calls=[asked]), Turn(text="all done")]) as server:
        home.model(server.url)
        for seat in (silent, answers):
            seat.env |= home.env | {key: seat.env[key] for key in ("PEGBOARD_DATA_DIR", "PEGBOARD_CONFIG_DIR")}
        with silent.sit("--mode", "ask", "--no-sandbox") as holder:
            until(lambda: any("asked" in event for event in silent.happened()), "nothing was asked")
            session = held(home)
            with answers.sit("attach") as typist:
                typist.see(rf"peg attach {session} comes back")
                assert typist.end() == 0
            until(lambda: any("withdrawn" in event for event in silent.happened()), "it was not withdrawn")
            assert holder.process.poll() is None
    assert (home.workspace / "made").exists()
    assert answers.shown("answer")[0]["by"] == "front"
    assert len(answers.shown("answer")) == len(silent.shown("answer")) == 1


def test_an_idle_plain_terminal_shows_the_question_and_says_when_another_was_first(home: Any) -> None:
    asked = Turn(calls=[Call("bash", {"command": "touch made"})])
    elsewhere = "answered elsewhere"
    with ScriptedServer([asked, Turn(text="one"), asked, Turn(text="two"), Turn(text="three")]) as server:
        home.model(server.url)
        with plain(home, "--mode", "ask", "--no-sandbox") as holder, plain(home, "attach") as other:
            other.type("go\r")
            assert "touch made" in holder.see("answer: ")
            other.see("answer: ")
            assert elsewhere not in holder.ask("yes", "one")
            other.see(elsewhere)
            other.see("one")
            other.see("\n> ")
            other.type("aga")
            other.see("aga")
            holder.type("again\r")
            assert "finish the line" in other.see("touch made[\\s\\S]*behind it")
            holder.ask("no", "two")
            other.see(elsewhere)
            other.see("ended on a denial")
            other.ask("in", "three")
            holder.see("three")
    said = [message["content"] for message in server.bodies[-1]["messages"] if message["role"] == "user"]
    assert "again" in str(said[-1])


def test_who_comes_second_is_told_and_the_end_of_the_holder_ends_all(home: Any) -> None:
    with ScriptedServer([Turn(text="one"), Turn(text="two")]) as server:
        home.model(server.url)
        with plain(home) as holder:
            holder.ask("first", "one")
            session = held(home)
            assert [oct(path.stat().st_mode)[-3:] for path in (sockets(home)[0].parent, *sockets(home))] == [
                "700",
                "600",
            ]
            refused = home.peg("-c", "-p", "x")
            assert refused.returncode == 1
            assert f"in use by process {holder.process.pid}" in refused.stderr
            assert f"peg attach {session}" in refused.stderr
            assert "held" in home.peg("session", "list").stdout
            with Typist(("attach", "--plain"), cwd=home.workspace, env=home.env) as other:
                other.see(HELD)
                holder.process.kill()
                other.see(f"session {session} was let go of")
                assert other.end() == 1
        assert held(home) == session
        gone = home.peg("attach", session)
        assert (gone.returncode, f"no process holds session {session}" in gone.stderr) == (1, True)
        with Typist(("--plain", "-c"), cwd=home.workspace, env=home.env) as holder:
            holder.see(HELD)
            with Typist(("attach", "--plain"), cwd=home.workspace, env=home.env) as other:
                other.see("> first")
                other.see("one")
                other.see(HELD)
                other.ask("second", "two")
                holder.see("two")
                holder.type(CTRL_D)
                assert holder.end() == 0
                other.see(f"session {session} was let go of")
                assert other.end() == 1
                assert other.modes() == other.before
    assert sockets(home) == []


def test_the_door_follows_to_another_session_and_so_does_who_attached(home: Any) -> None:
    switches = Seat(
        home,
        "switches",
        *(["once", *step] for step in (["wait", "replay"], ["command", "/new"], ["wait", "anew"], ["die"])),
        ["again", "wait", "idle"],
        ["again", "prompt", "second"],
        ["again", "wait", "result"],
        ["detach"],
    )
    with ScriptedServer([Turn(text="one"), Turn(text="two"), Turn(text="three")]) as server:
        home.model(server.url)
        with plain(home) as holder:
            holder.ask("first", "one")
            old = held(home)
            with switches.sit("attach", old) as other:
                holder.see("two")
                other.see("peg attach")
                new = held(home)
                assert new > old
                other.see(rf"{new} comes back")
                assert other.end() == 0
            assert home.peg("-r", old, "-p", "x").stdout == "three\n"
            holder.type("/resume " + old + "\r")
            until(lambda: held(home) == old, "the door stays behind")
    assert {event["began"] for event in switches.happened() if "began" in event} == {old, new}
