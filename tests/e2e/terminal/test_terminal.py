"""The terminal before a real kernel: prompts, questions of the gate, steering, an interrupt, and the way out."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent_desk import calling, saying
from terminal_stage import CTRL_D, ENTER, ESC, ON_IT, Stage, Terminal

KERNEL = Path(__file__).parents[2] / "tools" / "terminal_kernel.py"


@contextmanager
def kernel(folder: Path, *steps: dict[str, Any]) -> Iterator[Stage]:
    """A kernel with the front-end on a pseudo-terminal of its own."""
    terminal = Terminal(24, 80)
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    argv = [sys.executable, "-c", ON_IT, terminal.name, sys.executable, str(KERNEL), str(folder), json.dumps(steps)]
    with (folder / "errors").open("wb") as errors:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=env, start_new_session=True
        )
    try:
        yield Stage(terminal, None, process)
    finally:
        process.kill()
        process.wait()
        terminal.close()


def left(stage: Stage, folder: Path) -> list[str]:
    """Leave, and give the kinds of records that the journal holds."""
    stage.type(CTRL_D)
    assert stage.process.wait(30) == 0, (folder / "errors").read_text()
    assert stage.terminal.modes() == stage.terminal.modes_before
    told = json.loads((folder / "left.json").read_text())
    assert told["leave"]
    return list(told["kinds"])


def test_a_session_with_a_yes_and_a_no(tmp_path: Path) -> None:
    write = calling(("worker_change", {"do": "write", "arg": "hi"}), text="I will change it.")
    with kernel(tmp_path, write, saying("All **done**.\n\n- one\n- two\n"), write, saying("As you wish.")) as stage:
        stage.see("Ask anything")
        stage.type(f"please do{ENTER}")
        assert "\u2502 hi" in stage.see("y yes")
        stage.type(f"y{ENTER}")
        screen = stage.see("All done")
        assert "\u276f please do" in screen
        assert "worker_change: yes" in screen
        assert "I will change it." in screen
        stage.see("Ask anything")
        stage.type(f"once more{ENTER}")
        stage.see("y yes")
        stage.type(f"not in this folder{ENTER}")
        assert "\u2298 worker_change: not in this folder" in stage.see("As you wish")
        stage.see("Ask anything")
        kinds = left(stage, tmp_path)
    assert kinds[-1] == "Closed"
    assert kinds.count("Question") == kinds.count("Answer") == 2


def test_an_interrupt_ends_the_run_and_not_the_session(tmp_path: Path) -> None:
    with kernel(tmp_path, calling(("worker_look", {"do": "wait", "arg": "x"})), saying("Back again.")) as stage:
        stage.see("Ask anything")
        stage.type(f"wait{ENTER}")
        stage.see("worker_look do=wait")
        stage.type(f"look here{ENTER}")
        stage.see("steers: look here")
        stage.type(ESC)
        stage.see("\u25a0")
        stage.see("Ask anything")
        left(stage, tmp_path)
