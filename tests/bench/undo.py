"""What undo costs on a large tree, against walking it once. Run it: `python tests/bench/undo.py [FILES]`."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pegboard_sdk import Setup, ToolUse
from pegboard_undo.desk import Desk

FILES = 100_000
A_FOLDER = 100
TRIES = 7


def make(root: Path, files: int) -> None:
    """Small sources, a hundred to a folder."""
    for number in range(files):
        folder = root / f"part{number // A_FOLDER // 50}" / f"inner{number // A_FOLDER}"
        if number % A_FOLDER == 0:
            folder.mkdir(parents=True)
        (folder / f"module{number}.py").write_bytes(os.urandom(16).hex().encode() * (1 + number * 7 % 120))


def walked(root: Path) -> int:
    """The floor: every name's times, and nothing else."""
    return sum(os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(root) for name in names)


def took(call: Callable[[], object]) -> float:
    """In seconds, by the clock: a person waits."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def around(desk: Desk, root: Path, count: int, number: int) -> tuple[float, float]:
    """Seconds that a call which changes `count` files waits before it, and after."""
    use = ToolUse(call=f"c{number}-{count}", tool="bash", arguments={}, turn=1)
    before = took(lambda: desk.before("s", number, use))
    for at in range(count):
        part = at * A_FOLDER
        path = root / f"part{part // A_FOLDER // 50}" / f"inner{part // A_FOLDER}" / f"module{part}.py"
        path.write_text(f"changed {number} {count}\n")
    after = took(lambda: desk.after(use))
    time.sleep(0.3)
    return before, after


def main() -> None:
    """Print a table."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    with tempfile.TemporaryDirectory() as folder:
        root, data = Path(folder, "tree"), Path(folder, "data", "private", "undo")
        make(root, files)
        data.mkdir(parents=True)
        floor = statistics.median(took(lambda: walked(root)) for _ in range(3))
        size = walked(root) / 1e6
        setup = Setup(workspace=str(root), data_dir=str(data))
        desk = Desk(setup)
        workspace = desk._workspaces[0]
        rows: list[tuple[str, float]] = [("walk and lstat (the floor)", floor)]
        rows += [("first look, in the background", took(lambda: workspace.wait(600)))]
        rows += [("a call at once, while copies are made: before it", around(desk, root, 1, 0)[0])]
        began = time.perf_counter()
        while workspace.waiting:
            time.sleep(0.05)
        rows += [("all contents kept, in the background", time.perf_counter() - began)]
        for count in (0, 1, 100):
            pairs = [around(desk, root, count, number) for number in range(1, TRIES + 1)]
            for at, what in enumerate(("before", "after")):
                rows += [(f"a call that changes {count}: {what} it", statistics.median(pair[at] for pair in pairs))]
        rows += [("undo of all of them", took(lambda: desk.undo("s", "99")))]
        desk.close()
        kept = sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) / 1e6
        again: list[Desk] = []
        rows += [("the same workspace again: plugin ready", took(lambda: again.append(Desk(setup))))]
        rows += [("  and looked at", took(lambda: again[0]._workspaces[0].wait(600)))]
        again[0].close()
        print(f"{files:,} files, {size:.0f} MB; kept in {kept:.0f} MB, {kept / size:.2f} times")
        for what, seconds in rows:
            print(f"{what:52} {seconds * 1000:10.1f} ms {seconds / floor:8.3f} times the floor")


if __name__ == "__main__":
    main()
