"""Interrupted and killed: idle at once, nothing left running, and the session goes on as providers take it."""

import json
import os
import signal
import time
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn

TREE = "sleep 987 & (setsid sleep 986 &) ; trap '' TERM; echo started; wait; sleep 985"
DEADLINE_S = 20.0


def gone(home: Any) -> bool:
    until = time.monotonic() + DEADLINE_S
    while home.leftovers() and time.monotonic() < until:
        time.sleep(0.02)
    return home.leftovers() == []


def result_of(done: Any) -> Any:
    return json.loads(done.stdout)


def test_sigint_during_an_answer_ends_it_and_the_session_goes_on(home: Any) -> None:
    slow = Turn(text="word " * 2000, pace_s=0.02)
    with ScriptedServer([slow, Turn(text="and on")]) as server:
        home.model(server.url)
        child = home.start("-p", "talk", "--json")
        for line in child.stdout:
            if json.loads(line)["type"] == "delta":
                break
        child.send_signal(signal.SIGINT)
        rest, said = child.communicate(timeout=DEADLINE_S)
        assert child.returncode == 130, said
        assert json.loads(rest.splitlines()[-1])["end"] == "interrupted"
        assert server.wait_for(lambda seen: seen.seen[0].gone > 0), "the connection was not closed"
        assert gone(home)
        after = home.peg("-c", "-p", "go on", "--output-format", "json")
        assert result_of(after)["result"] == "and on", after.stderr
        assert server.seen[-1].faults == []
        spoken = [message for message in server.bodies[-1]["messages"] if message["role"] == "assistant"]
        assert "word" in json.dumps(spoken)


def test_sigint_during_a_command_ends_its_whole_tree(home: Any) -> None:
    script = [Turn(calls=[Call("bash", {"command": TREE})]), Turn(text="after")]
    with ScriptedServer(script) as server:
        home.model(server.url)
        child = home.start("-p", "run", "--mode", "full", "--json")
        for line in child.stdout:
            if json.loads(line).get("stream") == "output":
                break
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=DEADLINE_S)
        assert child.returncode == 130, said
        assert gone(home)
        after = home.peg("-c", "-p", "go on", "--output-format", "json")
        assert result_of(after)["end"] == "done", after.stderr
        assert server.seen[-1].faults == []
        told = [message for message in server.bodies[-1]["messages"] if message["role"] == "tool"]
        assert "cancelled" in json.dumps(told)


@pytest.mark.parametrize("group", [False, True], ids=["the kernel alone", "its process group"])
def test_a_kernel_killed_in_mid_tool_leaves_nothing_and_resumes(home: Any, group: bool) -> None:
    script = [Turn(calls=[Call("bash", {"command": TREE})]), Turn(text="after")]
    with ScriptedServer(script) as server:
        home.model(server.url)
        child = home.start("-p", "run", "--mode", "full", "--json")
        for line in child.stdout:
            if json.loads(line).get("stream") == "output":
                break
        if group:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
        child.communicate(timeout=DEADLINE_S)
        assert gone(home)
        after = home.peg("-c", "-p", "go on", "--output-format", "json")
        assert result_of(after)["end"] == "done", after.stderr
        assert server.seen[-1].faults == []
        told = [message for message in server.bodies[-1]["messages"] if message["role"] == "tool"]
        assert "unknown" in json.dumps(told)
        verified = home.peg("session", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_hundred_turns_arrive_whole(home: Any) -> None:
    turn = Turn(calls=[Call("bash", {"command": "printf ok-{i}-z"})])
    with ScriptedServer([turn] * 100 + [Turn(text="done")], expect="ok-{i}-z") as server:
        home.model(server.url)
        done = home.peg("-p", "go", "--allow", "bash(printf *)", timeout=240)
        assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-2000:]
        assert [seen.as_expected for seen in server.seen if seen.path.endswith("completions")][1:] == [True] * 100
        assert all(seen.faults == [] for seen in server.seen)
    assert gone(home)


def test_a_second_process_on_a_session_names_the_holder(home: Any) -> None:
    with ScriptedServer([Turn(text="x", delay_s=60), Turn(text="y")]) as server:
        home.model(server.url)
        child = home.start("-p", "hold", "--json")
        session = json.loads(next(iter(child.stdout)))["session_id"]
        done = home.peg("-r", session, "-p", "me too")
        assert done.returncode == 1
        assert str(child.pid) in done.stderr
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=DEADLINE_S)
        assert child.returncode == 130


def test_a_planted_key_is_in_no_plugins_environment(home: Any) -> None:
    home.env["PLANTED_SECRET"] = "hidden-7f3a9c"
    script = [Turn(calls=[Call("bash", {"command": "env"})]), Turn(text="done")]
    with ScriptedServer(script) as server:
        home.model(server.url)
        home.peg("-p", "go", "--mode", "full")
        told = json.dumps([message for message in server.bodies[-1]["messages"] if message["role"] == "tool"])
    assert "PATH=" in told
    assert home.env["PLANTED_SECRET"] not in told
    assert "key-for-tests" not in told
