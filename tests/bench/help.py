"""What installed plugins cost a command that needs none of them, and a list that needs all, in one run.

    python tests/bench/help.py [ROUNDS]

Beside `python -c "import click"`: `peg --help` with 1, 300 and 1,000 plugins installed, and `peg tool list` with 1,000.
Figures to hold: help at most 2 times the import of click, the same with any number of plugins; nothing is started.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from plugin_shelf import Shelf

ROUNDS = 15


class Place:
    """An environment of its own in which so many plugins are installed."""

    def __init__(self, folder: Path, count: int) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        self.python = str(folder / "venv" / "bin" / "python")
        (site,) = (folder / "venv").glob("lib/python*/site-packages")
        lines = [path for path in sys.path if path.endswith(("site-packages", os.sep + "src"))]
        (site / "ours.pth").write_text("\n".join(lines) + "\n")
        shelf = Shelf(folder)
        for number in range(count):
            shelf.add(f"plug{number}")
        for made in shelf.site.iterdir():
            made.rename(site / made.name)
        names = ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME")
        self.environ = os.environ | {f"PEGBOARD_{name}_DIR": str(folder / name.lower()) for name in names}

    def run(self, *arguments: str) -> float:
        """Seconds of one program."""
        began = time.perf_counter()
        done = subprocess.run([self.python, *arguments], env=self.environ, capture_output=True, check=False)
        taken = time.perf_counter() - began
        assert done.returncode == 0, done.stderr.decode()
        return taken


def main(rounds: int) -> None:
    """Interleaved, so that a busy machine is busy for all."""
    with tempfile.TemporaryDirectory() as name:
        places = {count: Place(Path(name) / str(count), count) for count in (1, 300, 1000)}
        rows = {"import click": (1, ("-c", "import click"))}
        rows |= {f"peg --help, {count} plugins": (count, ("-m", "pegboard", "--help")) for count in places}
        rows |= {f"peg tool list, {count} plugins": (count, ("-m", "pegboard", "tool", "list")) for count in (1, 1000)}
        for count, arguments in rows.values():
            places[count].run(*arguments)  # bytecode and caches are there
        taken: dict[str, list[float]] = {row: [] for row in rows}
        for _ in range(rounds):
            for row, (count, arguments) in rows.items():
                taken[row].append(places[count].run(*arguments))
    floor = median(taken["import click"])
    for row, times in taken.items():
        middle, best = median(times), min(times)
        sys.stdout.write(f"{row:30}{middle * 1000:8.1f} ms   best {best * 1000:7.1f}   {middle / floor:5.2f} times\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
