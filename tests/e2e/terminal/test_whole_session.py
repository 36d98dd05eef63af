"""A whole session on a screen of each size: a first run with a key alone, an edit that is asked about, a change of size
while the answer streams, the undo, and the way out.

The screens are kept beside this as text; `REDRAW=1` draws them anew: look at each.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn
from terminal_stage import CTRL_D, ENTER, Stage, Terminal
from typist import ON_ITS_TERMINAL

SCREENS = Path(__file__).parent / "screens"
BUGGY = "def add(a, b):\n    return a - b\n"
ANSWER = """# Done

The sum was a difference:

```python
def add(a, b):
    return a + b
```

* `calc.py` repaired
"""
TURNS = [
    Turn(text="I look at the file first.", calls=[Call("read_file", {"path": "calc.py"})]),
    Turn(calls=[Call("edit_file", {"path": "calc.py", "old_str": "a - b", "new_str": "a + b"})]),
    Turn(text=ANSWER, pace_s=0.03),
]


SIZES = [(24, 80), (50, 200), (15, 40)]
CHANGING = re.compile(r"(?<=^ask \u00b7 gpt-5).*$|(?<=sha256 )\w+|[\d.]+ s, ", re.MULTILINE)
"""How long things took, what they cost, and the plugins that run just then."""


@contextmanager
def sitting(home: Any, rows: int, columns: int, *words: str) -> Iterator[Stage]:
    """`peg` on a terminal of this size, in `~/shop`."""
    terminal, shop = Terminal(rows, columns), home.folder / "home" / "shop"
    shop.mkdir(exist_ok=True)
    (shop / "calc.py").write_text(BUGGY)
    env = home.env | {"TERM": "xterm-256color", "NO_COLOR": "1"}
    argv = [sys.executable, "-c", ON_ITS_TERMINAL, sys.executable, "-m", "pegboard", *words]
    with open(terminal.name, "r+b", buffering=0) as its:
        process = subprocess.Popen(argv, cwd=shop, env=env, stdin=its, stdout=its, stderr=its, start_new_session=True)
    try:
        yield Stage(terminal, None, process)
    finally:
        process.kill()
        process.wait()
        terminal.close()


def looked_at(stage: Stage, name: str) -> None:
    """The screen is as it was when somebody looked at it, but for what changes from run to run."""
    rows, columns = stage.terminal.screen.lines, stage.terminal.screen.columns
    file = SCREENS / f"{columns}x{rows}-{name}.txt"
    if os.environ.get("REDRAW"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(CHANGING.sub("", stage.screen()))
    wanted = file.read_text()
    stage.until(lambda: CHANGING.sub("", stage.screen()) == wanted, wanted)


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_from_the_first_run_to_the_undo(home: Any, rows: int, columns: int) -> None:
    with ScriptedServer(TURNS) as server, sitting(home.model(server.url) or home, rows, columns) as stage:
        file = home.folder / "home" / "shop" / "calc.py"
        stage.see(r"tokens")
        looked_at(stage, "1-begun")
        stage.type(f"the sum is wrong{ENTER}")
        stage.see("y yes")
        looked_at(stage, "2-asked")
        if rows == 15:  # not all of it was on the screen, so a yes is not taken
            stage.type(f"y{ENTER}")
            stage.see("not all of it was seen")
            stage.see(r"lines 7-12 of 12")
            stage.type(f"show{ENTER}")
            stage.until(lambda: any("effects: write" in line for line in stage.terminal.everything()), "all of it")
        stage.type(f"y{ENTER}")
        stage.see("difference")
        stage.resize(rows + 10, columns + 7)
        stage.see("repaired")
        stage.see("Ask anything|/ commands")
        stage.resize(rows, columns)
        stage.until(lambda: "\u2500" * (columns - 1) in stage.terminal.lines(), "the screen in its old size")
        looked_at(stage, "3-answered")
        assert file.read_text() == BUGGY.replace("-", "+")
        stage.type(f"/undo{ENTER}")
        stage.until(lambda: file.read_text() == BUGGY, "the undo")
        stage.see("restored calc.py")
        stage.see("Ask anything|/ commands")
        looked_at(stage, "4-undone")
        stage.type(CTRL_D)
        stage.see("goes on from here|peg -r")
        assert stage.process.wait(30) == 0
        everything = "\n".join(stage.terminal.everything())
        assert stage.terminal.modes() == stage.terminal.modes_before
    assert everything.count("the sum is wrong") >= 1
    assert "\x1b" not in everything


def test_a_terminal_that_is_closed_ends_the_run_and_the_next_one_goes_on_from_there(home: Any) -> None:
    with ScriptedServer([Turn(text="words and words " * 200, pace_s=0.05), Turn(text="Here we are.")]) as server:
        home.model(server.url)
        with sitting(home, 24, 80) as stage:
            stage.see(r"tokens")
            stage.type(f"talk to me{ENTER}")
            stage.see("words and words")
            stage.terminal.close()
            stage.process.wait(60)
        assert home.leftovers() == []
        with sitting(home, 24, 80, "-c") as stage:
            before = stage.see("the session goes on")
            assert "talk to me" in before
            assert "interrupted" in before
            assert "!" not in before, "nothing went wrong: a person closed a window"
            stage.type(f"where were we?{ENTER}")
            stage.see("Here we are.")
            stage.type(CTRL_D)
            assert stage.process.wait(60) == 0
