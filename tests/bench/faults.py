"""How soon a plugin's fault is a named error at its caller, and how soon the same plugin answers again, in one run.

    python tests/bench/faults.py [ROUNDS]

Beside it a call that answers. Figure to hold: 250 ms from the fault to the error; a plugin that hangs is named at its
deadline (here 0.5 s), which is counted from.
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import trio

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from plugin_shelf import Shelf, told

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.methods import TOOL_CALL

ROUNDS = 5
HANGS_S = 0.5
FAULTS = {
    "killed in a call": ("die", str(int(signal.SIGKILL)), 0.0),
    "crashed in a call": ("die", str(int(signal.SIGSEGV)), 0.0),
    "exited in a call": ("leave", "3", 0.0),
    "stopped, at its deadline": ("stop", "", HANGS_S),
    "hangs, at its deadline": ("sleep", "60", HANGS_S),
}


async def fault(board: Any, plugin: str, mode: str, argument: str, deadline: float) -> float:
    """Seconds from the call, or its deadline, to the error."""
    began = time.perf_counter()
    said = ""
    try:
        await board.call(plugin, TOOL_CALL, told(plugin, mode, argument), timeout_s=deadline or None)
    except PegboardError as error:
        said = error.message
    taken = time.perf_counter() - began - deadline
    assert deadline or plugin in said, said
    return taken


async def answered(board: Any, plugin: str) -> float:
    """Seconds until it answers again; what still goes to a process that is being ended fails with it."""
    began = time.perf_counter()
    while True:
        try:
            await board.call(plugin, TOOL_CALL, told(plugin, "echo", "again"))
        except PegboardError:
            continue
        return time.perf_counter() - began


async def killed_outside(board: Any, plugin: str) -> float:
    """Seconds from a SIGKILL of somebody else's to the error of a call that runs."""
    taken: list[float] = []

    async def call() -> None:
        try:
            await board.call(plugin, TOOL_CALL, told(plugin, "sleep", "60"))
        except PegboardError:
            taken.append(time.perf_counter())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await board.call(plugin, TOOL_CALL, told(plugin, "echo", "here"))
        pid = next(status.pid for status in board.status() if status.instance == plugin)
        began = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
    return taken[0] - began


async def main(rounds: int) -> None:
    """A plugin for each fault, so that no circuit opens."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        names = {
            row: [shelf.add(f"p{at}x{turn}") for turn in range(rounds)] for at, row in enumerate([*FAULTS, "kill"])
        }
        taken: dict[str, list[float]] = {"a call that answers": []}
        again: list[float] = []
        async with shelf.board() as board:
            for row, plugins in names.items():
                for plugin in plugins:
                    await board.call(plugin, TOOL_CALL, told(plugin, "echo", "warm"))
                    began = time.perf_counter()
                    await board.call(plugin, TOOL_CALL, told(plugin, "echo", "warm"))
                    taken["a call that answers"].append(time.perf_counter() - began)
                    if row == "kill":
                        found = await killed_outside(board, plugin)
                    else:
                        found = await fault(board, plugin, *FAULTS[row])
                    taken.setdefault("killed from outside" if row == "kill" else row, []).append(found)
                    again.append(await answered(board, plugin))
        taken["the next answer, of a new process"] = again
    for row, times in taken.items():
        sys.stdout.write(f"{row:34}{median(times) * 1000:8.1f} ms   worst {max(times) * 1000:8.1f} ms\n")


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
