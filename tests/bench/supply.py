"""What it costs to check a plugin before it starts. Run it: `python tests/bench/supply.py`."""

import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pegboard.supply.tree import LISTING, Scan, prints_of, read_tree

FILES = 1_500
BYTES = 24_000
"""A file of a large plugin on average: 36 MB in all."""
TRIES = 15
TARGET_MS = 100.0


def median_ms(call: Callable[[], object]) -> float:
    """In milliseconds of processor time, so that neighbours do not count."""
    took = []
    for _ in range(TRIES):
        began = time.process_time_ns()
        call()
        took.append(time.process_time_ns() - began)
    return statistics.median(took) / 1e6


def make(root: Path) -> None:
    """A plugin of thirty packages."""
    for number in range(FILES):
        folder = root / f"package{number % 30}" / f"inner{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"module{number}.py").write_bytes(os.urandom(BYTES))
    (root / LISTING).write_bytes(read_tree(root).listing)


def bare(root: Path) -> None:
    """The floor: open, read and hash the same files, and nothing else."""
    for path in paths(root):
        with open(path, "rb", buffering=0) as file:
            hashlib.sha256(file.readall()).digest()


def paths(root: Path) -> list[str]:
    """Every file."""
    return [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]


def main() -> None:
    """Print a table; exit 1 when the check is above the target."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root)
        figures = {
            "open, read and hash alone": median_ms(lambda: bare(root)),
            "check of the tree": median_ms(lambda: read_tree(root, Scan(kept=LISTING))),
            "look at times and inodes": median_ms(lambda: prints_of(root)),
        }
    print(f"{FILES} files, {FILES * BYTES / 1e6:.0f} MB")
    for name, figure in figures.items():
        print(f"{name:<28} {figure:>8.1f} ms")
    print(f"to hold: {TARGET_MS:.0f} ms for the check")
    sys.exit(figures["check of the tree"] > TARGET_MS)


if __name__ == "__main__":
    main()
