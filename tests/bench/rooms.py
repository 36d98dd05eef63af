"""What a confined command costs one after another: in a room begun ahead, in one made anew, and without a room.

    python tests/bench/rooms.py [ROUNDS]

Each row is the time from handing over `true` to its report, as in a session whose model thinks in between, interleaved
in one run. Figure to hold: at most 5 ms on top of the command without a room, once a session has had one.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from supervised import Supervised

from pegboard.sandbox.confinement import Confinement, Tier
from pegboard_sdk import Command, Pipeline, Plan, Step

ROUNDS = 25
THINKS_S = 0.06
TRUE = Plan(pipelines=(Pipeline(steps=(Step(argv=("true",), program="/usr/bin/true"),)),))


def taken(bench: Supervised, room: Confinement | None) -> float:
    """Seconds of one command, after the model has thought."""
    time.sleep(THINKS_S)
    began = time.perf_counter()
    handed = bench.hand(TRUE, room=room)
    command = Command(handed.plan, handed.control, handed.output)
    command.order(timeout_s=60)
    report = bench.finish(command)
    assert report.status == 0, bench.output
    return time.perf_counter() - began


def main(rounds: int) -> None:
    """The command before decides what lies in wait for the next."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(os.path.realpath(name))
        for made in ("workspace", "scratch/home"):
            (folder / made).mkdir(parents=True)
        room = Confinement(
            tier=Tier.FORKED,
            write=(str(folder / "workspace"),),
            scratch=str(folder / "scratch"),
            home="/home/somebody",
            execute=True,
        )
        other = msgspec.structs.replace(room, home="/home/another")
        rows: dict[str, list[float]] = {"begun ahead": [], "made anew": [], "no room": []}
        bench = Supervised(folder / "workspace")
        for _ in range(rounds):
            taken(bench, room)
            rows["begun ahead"].append(taken(bench, room))
            rows["made anew"].append(taken(bench, other))
            taken(bench, None)
            rows["no room"].append(taken(bench, None))
        bench.close()
    floor = median(rows["no room"])
    for row, times in rows.items():
        middle, best = median(times) * 1000, min(times) * 1000
        sys.stdout.write(f"{row:12}{middle:8.1f} ms   best {best:6.1f}   on top {middle - floor * 1000:6.1f} ms\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
