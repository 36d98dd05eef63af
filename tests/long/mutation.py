"""Changes the code that decides, one place at a time, and runs what may notice it: each change must make a check fail.

`python tests/long/mutation.py [--sample N] [--seed S] [--state FOLDER] [--again] [MODULE ...]` tries every change of
each module, or N of each, prints those that nothing noticed, and a table. Results are kept in FOLDER by the module's
text, so that a second run goes on where the first ended; `--again` tries those once more that nothing noticed.

Nothing on disk changes. One process collects the checks and learns which lines each runs; for each change it forks, and
the child alone gets the changed function and runs the checks that come by, until one fails or takes far too long. What
runs at import is changed as its module is imported, in a fork of a process that has imported nothing of ours.
Before all, every check must pass, unchanged code that was put in like a change must go unnoticed in both ways, and a
change that matters must not.
"""

import argparse
import importlib
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))

import hypothesis  # noqa: E402, F401 - imported once, before the forks
import msgspec  # noqa: E402, F401
import trio  # noqa: E402, F401
from changing import Change, Source  # noqa: E402
from noticing import SURVIVED, UNFIT_CODE, Bench, Check, Tracer, collected, forked, measured  # noqa: E402

KERNEL = ROOT / "kernel/src/pegboard"
TESTS = ROOT / "tests/kernel"
UNFIT = {"test_races", "test_place_race", "test_command_reading"}
"""They race or try at random for a while."""
JOURNAL = ("chain", "verify")
AT_IMPORT = "runs at import"


def modules() -> dict[str, Path]:
    gate = sorted(path for path in (KERNEL / "gate").rglob("*.py") if path.name != "__init__.py")
    found = {str(path.relative_to(KERNEL / "gate"))[:-3]: path for path in gate}
    return found | {f"journal/{name}": KERNEL / f"journal/{name}.py" for name in JOURNAL}


def module_of(name: str) -> str:
    return f"pegboard.{'' if name.startswith('journal/') else 'gate.'}{name.replace('/', '.')}"


def test_files() -> list[str]:
    gate = sorted(path for path in (TESTS / "gate").glob("test_*.py") if path.stem not in UNFIT)
    journal = sorted(path for name in JOURNAL for path in (TESTS / "journal").glob(f"test_{name}*.py"))
    return [str(path) for path in (*gate, *journal)]


class Changed(MetaPathFinder, Loader):
    """Imports one module from changed code."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.code.co_filename  # tables of data lie beside it
        exec(self.code, vars(module))


class Results:
    """What became of each change, kept by the text of its module."""

    def __init__(self, folder: Path, *, again: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "results.jsonl"
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.known: dict[str, str] = dict(json.loads(line) for line in lines)
        if again:
            self.known = {key: found for key, found in self.known.items() if found.startswith("noticed")}

    def note(self, key: str, found: str) -> None:
        self.known[key] = found
        with self.file.open("a") as file:
            file.write(f"{json.dumps([key, found])}\n")
        if not found.startswith("noticed"):
            print(f"  {key}: {found}", flush=True)


class Run:
    """One run over chosen changes: first those of functions, then those of what runs at import."""

    def __init__(self, asked: argparse.Namespace, room: str) -> None:
        self.folder, self.seed, self.room = asked.state, asked.seed, room
        self.sources = {name: Source(path) for name, path in modules().items()}
        self.results = Results(asked.state, again=asked.again)
        self.chosen: dict[str, list[Change]] = {}
        for name in asked.modules:
            changes = self.sources[name].changes()
            if asked.sample:
                changes = random.Random(asked.seed).sample(changes, len(changes))[: asked.sample]
            self.chosen[name] = sorted(changes)

    def key(self, name: str, change: Change) -> str:
        return f"{name} {self.sources[name].digest} {change.key}"

    def left(self) -> Iterator[tuple[str, Change, str]]:
        """Every chosen change without a result."""
        for name, changes in self.chosen.items():
            for change in changes:
                if self.results.known.get(self.key(name, change), AT_IMPORT) == AT_IMPORT:
                    yield name, change, self.key(name, change)

    def functions(self, traced: Tracer, checks: list[Check]) -> None:
        """Tries what is in functions, in the process that has collected the checks, and ends it."""
        traced.stop()
        measured(checks, list(self.sources.values()), self.folder)
        for name in self.sources:  # some are imported when they are first needed
            importlib.import_module(module_of(name))
        bench = Bench(checks, self.seed)
        links = self.sources["links"]
        if bench.outcome(links, None) != SURVIVED:
            sys.exit("the control failed: unchanged code is noticed when it is put in like a change")
        if bench.outcome(links, next(one for one in links.changes() if one.what == "returns None")) == SURVIVED:
            sys.exit("the control failed: a function that gives nothing goes unnoticed")
        for name, change, key in self.left():
            source = self.sources[name]
            if change.function:
                found = bench.outcome(source, change)
                imported = change.function in traced.names[str(source.path)]
                self.results.note(key, AT_IMPORT if (found == SURVIVED and imported) or found == UNFIT_CODE else found)
        os._exit(0)

    def imported(self, name: str, change: Change | None) -> str:
        """Tries one change by importing the changed module."""
        source = self.sources[name]
        loader = Changed(module_of(name), source.changed(change))

        def work(checks: list[Check]) -> None:
            measured(checks, list(self.sources.values()), self.folder, only_known=True)
            os._exit(0 if all(check.guarded() for check in Bench(checks, self.seed).covering(source, None)) else 1)

        def child() -> bool:
            sys.meta_path.insert(0, loader)
            collected(test_files(), self.room, work)
            return False

        return SURVIVED if forked(child) else "noticed at or after import"

    def report(self) -> None:
        print("| module | changes tried | noticed | |\n|---|---|---|---|")
        total = [0, 0]
        for name, changes in self.chosen.items():
            found = [self.results.known[self.key(name, change)] for change in changes]
            noticed = sum(one.startswith("noticed") for one in found)
            everything = len(self.sources[name].changes())
            total = [total[0] + len(found), total[1] + noticed]
            if found:
                print(f"| {name} | {len(found)} of {everything} | {noticed} | {100 * noticed / len(found):.0f} % |")
        print(f"| all | {total[0]} | {total[1]} | {100 * total[1] / total[0]:.1f} % |")


def collecting(run: Run) -> None:
    """Tries what is in functions, in a child, so that this process imports nothing of ours."""
    child = os.fork()
    if not child:
        traced = Tracer(str(path) for path in modules().values()).start()
        collected(test_files(), run.room, partial(run.functions, traced))
        os._exit(1)
    if os.waitpid(child, 0)[1]:
        sys.exit(1)
    run.results = Results(run.folder, again=False)


def main() -> int:
    given = argparse.ArgumentParser()
    given.add_argument("modules", nargs="*", default=list(modules()))
    given.add_argument("--sample", type=int, default=0)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--again", action="store_true")
    given.add_argument("--state", type=Path, default=Path(tempfile.gettempdir()) / "pegboard-mutation")
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as room:
        run = Run(given.parse_args(), room)
        collecting(run)
        left = list(run.left())
        if left and run.imported(left[0][0], None) != SURVIVED:
            sys.exit("the control failed: unchanged code is noticed when it is imported like a change")
        for name, change, key in left:
            run.results.note(key, run.imported(name, change))
        run.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
