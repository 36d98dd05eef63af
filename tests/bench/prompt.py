"""What a prompt costs beside its model: start, time a turn, memory, bytes. Prints a table of ratios taken in one run.

Run it with `python tests/bench/prompt.py`; a machine that does other things meanwhile shows it in all columns alike.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "tools")]

from conftest import Home  # noqa: E402
from scripted_server import Call, ScriptedServer, Turn  # noqa: E402

REPEATS = 5
TURNS = 100
REFERENCE = "import pegboard.kernel, pegboard.cli.prompting, openai; c = openai.OpenAI(api_key='x')"


@contextmanager
def machine() -> Iterator[Home]:
    with tempfile.TemporaryDirectory() as folder:
        yield Home(Path(folder))


def seconds(*command: str) -> float:
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - started


def first_request(server: ScriptedServer, home: Home) -> float:
    count = len(server.seen)
    started = time.monotonic()
    home.peg("-p", "hi")
    return server.seen[count].arrived - started


def tree(root: int) -> list[int]:
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        found.append(pid)
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                pending += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def pss(pid: int) -> int:
    """Proportional set size in KiB; 0 when the process is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(text.partition("\nPss:")[2].split()[0])


def peak_pss(child: subprocess.Popen[str]) -> int:
    peak = 0
    while child.poll() is None:
        peak = max(peak, sum(pss(pid) for pid in tree(child.pid)))
        time.sleep(0.02)
    return peak


def reference_pss() -> int:
    code = f"{REFERENCE}; print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        size = pss(child.pid)
        child.communicate("\n")
        return size


def run_turns(home: Home, verbose: bool = True) -> tuple[list[float], float, int]:
    """The gaps between an answer and the next request in ms, the ms a turn in fdatasync, and the peak in KiB."""
    turn = Turn(calls=[Call("bash", {"command": "printf ok-{i}-z"})])
    with ScriptedServer([turn] * TURNS + [Turn(text="done")], expect="ok-{i}-z") as server:
        home.model(server.url)
        child = home.start("-p", "go", "--allow", "bash(printf *)", "--max-turns", str(TURNS + 1), "-v")
        reader = threading.Thread(target=child.communicate)
        peak = peak_pss(child) if not verbose else 0
        _, said = child.communicate() if verbose else ("", "")
        if not verbose:
            reader.start()
            reader.join()
        gaps = [
            (after.arrived - before.answered) * 1000
            for before, after in zip(server.seen, server.seen[1:], strict=False)
        ]
        synced = re.search(r"fdatasync: (\d+) times, ([\d.]+) s", said)
        per_turn = float(synced[2]) / TURNS * 1000 if synced else 0.0
        arrived = sum(1 for seen in server.seen if seen.as_expected)
        assert len(gaps) == TURNS, (len(gaps), said[-2000:])
        print(f"results that arrived: {arrived} of {TURNS}")
        return gaps, per_turn, peak


def main() -> None:
    floor = statistics.median(seconds(sys.executable, "-c", "import openai") for _ in range(REPEATS))
    with machine() as home, ScriptedServer([Turn(text="ok")]) as server:
        home.model(server.url)
        home.peg("-p", "warm up")
        start = statistics.median(first_request(server, home) for _ in range(REPEATS))
        size = server.seen[-1].size
    with machine() as home:
        gaps, synced, _ = run_turns(home)
    with machine() as home:
        _, _, peak = run_turns(home, verbose=False)
    early, late = statistics.median(gaps[4:9]), statistics.median(gaps[-5:])
    middle = statistics.median(gaps)
    reference = reference_pss()
    rows = [
        ("first request after start", f"{start * 1000:.0f} ms", f"{start / floor:.2f} x import openai", "1.5"),
        ("a tool turn beside fdatasync", f"{middle - synced:.1f} ms", f"fdatasync {synced:.1f} ms", "8 ms"),
        ("turn 100 against turn 5", f"{late:.1f} ms", f"{late / early:.2f} x", "flat"),
        ("memory of the whole tree", f"{peak / 1024:.0f} MiB", f"{peak / reference:.2f} x kernel + openai", "1.4"),
        ("first request", f"{size} bytes", f"{size / 8192:.2f} x 8 KiB", "1"),
    ]
    for name, figure, ratio, hold in rows:
        print(f"{name:32} {figure:>12}   {ratio:28} hold {hold}")


if __name__ == "__main__":
    main()
