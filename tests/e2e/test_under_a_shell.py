"""Under a real shell in a real terminal: what it gets back when the program is killed, and when it is stopped."""

import os
import re
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from needing import absent
from scripted_server import ScriptedServer, Turn
from typist import CTRL_D, DEADLINE_S, Typist

BEGUN = "Ask anything"
LEFT_ON = {"\x1b[?25l": "\x1b[?25h", "\x1b[?2004h": "\x1b[?2004l", "\x1b[?7l": "\x1b[?7h", "\x1b[?2026h": "\x1b[?2026l"}


def shell(home: Any, name: str) -> Typist:
    """A shell, which is what a person types into before and after."""
    found = shutil.which(name) or absent(name)
    home.env |= {"TERM": "xterm-256color", "PS1": "ready: ", "PYTHON": sys.executable}
    options = ("--norc", "--noprofile", "-i") if name == "bash" else ("-i",)
    typist = Typist(options, cwd=home.workspace, env=home.env, program=(found,))
    typist.see("ready: ")
    return typist


def of(home: Any, what: str) -> list[int]:
    """The processes of ours whose command line has this."""
    return [int(line.partition(":")[0]) for line in home.leftovers() if what in line]


def fronts(home: Any) -> list[int]:
    """What holds the terminal open besides the shell and the kernel: forked from the spawner, in the kernel's group."""
    kernel = of(home, "-m\\x00pegboard")[0]
    return [pid for pid in of(home, "pegboard.spawner.program") if os.getpgid(pid) == kernel]


@pytest.mark.parametrize(("name", "also"), [("dash", "nobody"), ("bash", "front")])
def test_a_killed_kernel_leaves_the_terminal_as_it_was(home: Any, name: str, also: str) -> None:
    with ScriptedServer([Turn(text="one")]) as server, shell(home, name) as typist:
        home.model(server.url)
        typist.type(f"export OPENAI_BASE_URL={server.url} OPENAI_API_KEY=key-for-tests\r")
        typist.ask("stty -a > before; echo so''ber", "sober")
        drawn = typist.ask("$PYTHON -m pegboard", BEGUN)
        (kernel,), front = of(home, "-m\\x00pegboard"), fronts(home)
        assert front
        for victim in (kernel, *(front if also == "front" else ())):
            with suppress(ProcessLookupError):  # the kernel's end is the front-end's
                os.kill(victim, signal.SIGKILL)
        drawn += typist.see(re.escape("\x1b[23;2t"))
        drawn += typist.ask("stty -a > after; echo so''ber", "sober\r\n")
    before, after = ((home.workspace / when).read_text() for when in ("before", "after"))
    assert after == before
    if name == "dash":  # bash marks pastes and hides its own cursor now and then
        for on, off in LEFT_ON.items():
            assert drawn.rfind(off) > drawn.rfind(on), on
    until = time.monotonic() + DEADLINE_S
    while home.leftovers():
        assert time.monotonic() < until, home.leftovers()
        time.sleep(0.02)


def test_ctrl_z_stops_the_program_and_fg_draws_it_again(home: Any) -> None:
    with ScriptedServer([Turn(text="one")]) as server:
        home.model(server.url)
        with shell(home, "dash") as typist:
            typist.ask("stty -a > before; echo so''ber", "sober")
            typist.ask("$PYTHON -m pegboard", BEGUN)
            typist.type("half a word")
            typist.see("word")
            typist.type("\x1a")
            typist.see("ready: ")
            typist.ask("stty -a > after; echo so''ber", "sober")
            assert (home.workspace / "after").read_text() == (home.workspace / "before").read_text()
            typist.ask("fg", "half a word")
            typist.type(" and the rest\r")
            typist.see("one")
            typist.type(CTRL_D)
            typist.see("goes on from here")
    assert "half a word and the rest" in str(server.bodies[-1]["messages"][-1])


def test_the_guard_ends_with_the_program(home: Any) -> None:
    with ScriptedServer([Turn(text="one")]) as server:
        home.model(server.url)
        home.env |= {"TERM": "xterm-256color"}
        with Typist((), cwd=home.workspace, env=home.env) as typist:
            typist.see(BEGUN)
            (guard,) = guards_of(typist.process.pid)
            assert b"OPENAI_API_KEY" not in Path(f"/proc/{guard}/environ").read_bytes()
            typist.type(CTRL_D)
            assert typist.end() == 0
        assert not Path(f"/proc/{guard}").exists()


def guards_of(kernel: int) -> list[int]:
    children = Path(f"/proc/{kernel}/task/{kernel}/children").read_text().split()
    return [int(pid) for pid in children if b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
