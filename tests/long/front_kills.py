"""SIGKILL of the front-end, of the kernel or of both at random points of a session, N times.

    python tests/long/front_kills.py 200 [SEED]

Each time: what was acknowledged is in the journal, the session resumes, nothing of it still runs, and the terminal has
the modes that it had before, where a kernel was left to give it back.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "tools"), str(TESTS / "e2e")]

from conftest import Home  # noqa: E402
from scripted_server import ScriptedServer, Turn  # noqa: E402
from test_fronts import happened, install  # noqa: E402
from typist import Typist  # noqa: E402

WAYS = ("front", "kernel", "both")
SCRIPT: list[list[object]] = [
    ["raw"],
    *(step for n in range(1, 30) for step in (["prompt", f"say {n}"], ["wait", "result", n])),
]
PATIENCE_S = 60.0


def try_once(way: str, delay: float) -> list[str]:
    """One session and its kill; what was wrong with it."""
    with tempfile.TemporaryDirectory() as folder, ScriptedServer([Turn(text="so")] * 200) as server:
        home = Home(Path(folder))
        home.model(server.url)
        install(home, *SCRIPT, ["leave"])
        with Typist((), cwd=home.workspace, env=home.env) as typist:
            _wait(lambda: any("prompted" in event for event in _events(home)))
            time.sleep(delay)
            pid = [event["pid"] for event in _events(home) if "pid" in event][-1]
            for victim in {"front": [pid], "kernel": [typist.process.pid], "both": [pid, typist.process.pid]}[way]:
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            if way == "front":
                typist.see(r"peg -r \S+ goes on from here")
            typist.process.wait(PATIENCE_S)
            faults = [] if way != "front" or typist.modes() == typist.before else ["the terminal is not as it was"]
        return faults + _looked_at(home)


def _looked_at(home: Home) -> list[str]:
    faults = []
    _wait(lambda: not home.leftovers())
    (journal,) = home.state.glob("sessions/*/journal.jsonl")
    kept = journal.read_text()
    acknowledged = {event["prompted"] for event in _events(home) if "prompted" in event}
    faults += [f"{text!r} was acknowledged and is lost" for text in acknowledged if f'"{text}"' not in kept]
    again = home.peg("-c", "-p", "and now?")
    if again.returncode != 0:
        faults.append(f"it does not resume: {again.stderr[-300:]}")
    return faults


def _events(home: Home) -> list[dict[str, Any]]:
    with suppress(ValueError, json.JSONDecodeError):
        return happened(home)
    return []


def _wait(holds: Any) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)


def main(times: int, seed: int) -> int:
    chance, faults, began = random.Random(seed), 0, time.monotonic()
    for number in range(times):
        way, delay = WAYS[number % 3], chance.uniform(0, 1.5)
        for fault in try_once(way, delay):
            faults += 1
            print(f"{number}: {way} killed after {delay:.3f} s: {fault}")
    print(f"{times} kills, {faults} faults, {time.monotonic() - began:.0f} s, seed {seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
