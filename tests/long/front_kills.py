"""SIGKILL of the front-end, of the kernel or of both at random points of a session under a shell, N times.

    python tests/long/front_kills.py 200 [SEED]

Each time: `stty -a` says afterwards what it said before, what was acknowledged is in the journal, the session resumes,
and nothing of it still runs. The shell is dash, which gives nothing back by itself; the front-end makes the terminal
raw.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "tools"), str(TESTS / "e2e")]

from conftest import Home  # noqa: E402
from scripted_server import ScriptedServer, Turn  # noqa: E402
from test_fronts import acknowledged, install  # noqa: E402
from typist import Typist  # noqa: E402

WAYS = ("front", "kernel", "both")
TURNS = 60
SCRIPT: list[list[object]] = [
    ["raw"],
    *chain.from_iterable(
        (["once", "prompt", f"say {n}"], ["once", "queue", f"then {n}"], ["once", "wait", "result", n])
        for n in range(1, TURNS)
    ),
    ["again", "prompt", "say again"],
    ["again", "wait", "idle"],
]
PATIENCE_S = 60.0
LONGEST_S = 1.5
AT_ONCE = 3


def try_once(way: str, delay: float, cache: Path) -> list[str]:
    """One session and its kill; what was wrong with it."""
    with tempfile.TemporaryDirectory() as folder, ScriptedServer([Turn(text="so")] * (2 * TURNS)) as server:
        home = Home(Path(folder), cache)
        home.model(server.url)
        install(home, *SCRIPT, ["leave"])
        home.env |= {"PS1": "ready: ", "PYTHON": sys.executable}
        with Typist(("-i",), cwd=home.workspace, env=home.env, program=(shutil.which("dash") or "sh",)) as shell:
            shell.ask("stty -a > before; echo so''ber", "sober")
            shell.type("$PYTHON -m pegboard; echo o''ver\r")
            _wait(lambda: any("prompted" in event for event in acknowledged(home)))
            time.sleep(delay)
            (kernel,) = Path(f"/proc/{shell.process.pid}/task/{shell.process.pid}/children").read_text().split()
            front = [event["pid"] for event in acknowledged(home) if "pid" in event][-1]
            for victim in {"front": [front], "kernel": [kernel], "both": [front, kernel]}[way]:
                with suppress(ProcessLookupError):
                    os.kill(int(victim), signal.SIGKILL)
            shell.see("over")
            if way != "front":
                shell.see(r"\x1b\[23;2t")
            shell.ask("stty -a > after; echo so''ber", "sober")
        before, after = ((home.workspace / when).read_text() for when in ("before", "after"))
        return ([] if after == before else [f"the terminal is not as it was: {after}"]) + _looked_at(home)


def _looked_at(home: Home) -> list[str]:
    faults = []
    _wait(lambda: not home.leftovers())
    faults += [f"it still runs: {line}" for line in home.leftovers()]
    (journal,) = home.state.glob("sessions/*/journal.jsonl")
    again = home.peg("-c", "-p", "and now?")
    if again.returncode != 0:
        faults.append(f"it does not resume: {again.stderr[-300:]}")
    # In the journal as what was said, or as what the next process says was not heard.
    kept = journal.read_text()
    said = {event["prompted"] for event in acknowledged(home) if "prompted" in event}
    faults += [f"{text!r} was acknowledged and is lost" for text in said if f'{text}"' not in kept]
    return faults


def _wait(holds: Any) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)


def _told(number: int, seed: int, cache: Path) -> list[str]:
    chance = random.Random(f"{seed}/{number}")
    way, delay = WAYS[number % 3], chance.uniform(0, LONGEST_S)
    try:
        faults = try_once(way, delay, cache)
    except AssertionError as error:
        faults = [str(error)]
    return [f"{number}: {way} killed after {delay:.3f} s: {fault}" for fault in faults]


def main(times: int, seed: int) -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as cache, ProcessPoolExecutor(AT_ONCE) as pool:
        told = pool.map(partial(_told, seed=seed, cache=Path(cache)), range(times))
        faults = [fault for each in told for fault in each]
    print(*faults, f"{times} kills, {len(faults)} faults, {time.monotonic() - began:.0f} s, seed {seed}", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
