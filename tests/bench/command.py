"""What a command costs beside the program itself: order to report through spawner, supervisor and runner.

    python tests/bench/command.py

Prints medians in milliseconds beside a bare `posix_spawn` of the same program in the same run: one after another (the
supervisor of the one before waits), the first after a pause (it has to be forked), and from a kill to the report.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from supervised import Supervised, plan, step

from pegboard_sdk import Plan

ROUNDS = 50
FIRST = 5
PAUSE_S = 0.03
"""A model thinks longer than that between two commands."""


def bare() -> float:
    began = time.perf_counter()
    os.waitpid(os.posix_spawn("/usr/bin/true", ["true"], {}), 0)
    return time.perf_counter() - began


def ordered(bench: Supervised) -> float:
    time.sleep(PAUSE_S)
    began = time.perf_counter()
    command = bench.begin(plan(step("true")))
    assert command.report().status == 0
    took = time.perf_counter() - began
    command.close()
    return took


def first() -> float:
    with tempfile.TemporaryDirectory() as folder:
        bench = Supervised(Path(folder))
        time.sleep(1)  # the spawner imports meanwhile
        took = ordered(bench)
        bench.close()
        return took


def killed(bench: Supervised) -> float:
    command = bench.begin(Plan(script="trap '' TERM; echo on; sleep 1000 & wait; wait"))
    os.read(command.output, 10)
    began = time.perf_counter()
    command.kill()
    command.report()
    took = time.perf_counter() - began
    command.close()
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Supervised(Path(folder))
        ordered(bench)

        def of(what: Callable[[], float], rounds: int = ROUNDS) -> float:
            return median(what() for _ in range(rounds)) * 1000

        floor = of(bare)
        rows = [
            ("one after another", of(lambda: ordered(bench)), ""),
            ("the first", of(first, FIRST), ""),
            ("from a kill to the report, deaf to TERM", of(lambda: killed(bench), FIRST), "hold 100 ms"),
        ]
        bench.close()
    print(f"{'posix_spawn of the program':42} {floor:7.2f} ms")
    for name, took, hold in rows:
        print(f"{name:42} {took:7.2f} ms   {took / floor:5.1f} x   {hold}")


if __name__ == "__main__":
    main()
