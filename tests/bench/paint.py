"""From the start of the front-end to its first paint, and its memory over 10,000 streamed turns.

`python tests/bench/paint.py` prints the paints beside an interpreter that imports what every plugin needs;
`python tests/bench/paint.py turns` streams the turns, which takes minutes.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from keys import PACKAGE, Screen, front_end

from pegboard_sdk.testing import ScriptedSession, spawned
from pegboard_sdk.wire.methods import Setup
from pegboard_sdk.wire.records import Delta, Message, Outcome, Role, Text, ToolResult, ToolUse

ROUNDS = 7
TURNS = 10_000
TURNS_A_SHOW = 10
TARGET_MS = 150
ON_IT = "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.argv[2], sys.argv[2:])"
FIRST, SECOND = "❯".encode(), b"Ask anything"  # noqa: RUF001 - the prompt's sign


def paints() -> tuple[float, float, float]:
    """Milliseconds from an greeted plugin's call to its two paints, and from its process's start to the greeting."""
    screen = Screen()
    argv = [sys.executable, "-P", "-c", ON_IT, os.ttyname(screen.theirs)]
    host = [sys.executable, "-P", "-m", "pegboard_sdk.host", "pegboard_terminal:plugin", str(PACKAGE)]
    setup = Setup(instance="terminal", workspace="/tmp", settings={"notify": False})
    try:
        started = time.perf_counter()
        with spawned([*argv, *host], setup, environment={"TERM": "xterm-256color"}) as board:
            greeted = time.perf_counter()
            ScriptedSession(board, "terminal")
            first, second = screen.wait(FIRST), screen.wait(SECOND)
    finally:
        screen.close()
    return (first - greeted) * 1000, (second - greeted) * 1000, (greeted - started) * 1000


def interpreter() -> float:
    """Milliseconds of an interpreter that imports what every plugin needs."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-P", "-c", "import pegboard_sdk.host, pegboard_sdk"], check=True)
    return (time.perf_counter() - began) * 1000


def resident_mib(pid: int) -> float:
    """What a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def turns() -> None:
    """Stream turns, and print what the process holds on the way."""
    with front_end() as (screen, session, pid):
        for done in range(0, TURNS, TURNS_A_SHOW):
            records: list[Delta | Message | ToolUse | ToolResult] = []
            for turn in range(done, done + TURNS_A_SHOW):
                text = f"Turn {turn}: **words** and `code`.\n\n```python\nx = {turn}\n```\n"
                records += [
                    Message(role=Role.USER, parts=(Text(text=f"prompt {turn}"),)),
                    *(Delta(stream="text", text=piece) for piece in text.split(" ")),
                    Message(role=Role.ASSISTANT, parts=(Text(text=text),)),
                    ToolUse(call=f"c{turn}", tool="bash", arguments={"command": "make"}, turn=turn),
                    ToolResult(call=f"c{turn}", tool="bash", outcome=Outcome.OK, parts=(Text(text="x" * 2000),)),
                ]
            session.show(*records)
            screen.chunks.clear()
            if done % 1000 == 0:
                print(f"{done:6} turns: {resident_mib(pid):6.1f} MiB", flush=True)
        print(f"{TURNS:6} turns: {resident_mib(pid):6.1f} MiB")


def main() -> None:
    """Measure and print."""
    if sys.argv[1:] == ["turns"]:
        turns()
        return
    floors, found = [], []
    for _ in range(ROUNDS):
        floors.append(interpreter())
        found.append(paints())
    first, second, greeted = (median(column) for column in zip(*found, strict=True))
    floor = median(floors)
    print(f"an interpreter with the SDK  {floor:7.1f} ms")
    print(f"process to greeting          {greeted:7.1f} ms  {greeted / floor:5.2f} x")
    print(f"call to first paint          {first:7.1f} ms  {first / floor:5.2f} x; {TARGET_MS} ms: ", end="")
    print("held" if first < TARGET_MS else "missed")
    print(f"call to keys echoed          {second:7.1f} ms  {second / floor:5.2f} x")


if __name__ == "__main__":
    main()
