"""The checks that may notice a change of code, each with what it runs: collected once, called one by one in forks.

A check is a test as pytest collects it, or one row of a table of cases whose test would judge hundreds at once.
"""

import gc
import hashlib
import json
import mmap
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import _lru_cache_wrapper, partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from changing import Change, Source, codes_in

MEMORY = 4 << 30
SURVIVED = "not noticed"
UNFIT_CODE = "cannot be put in"
"""A function cannot get code with another number of free variables."""
NO_CHECK = 1 << 62
ALIKE = {"row": 20, "test": 200}
"""Of checks that run the same functions of the module, no more are tried against one change."""
BY_ROWS = "test_every_command_of_a_class_is_decided_as_it_must_be"
"""The test whose rows are checks of their own."""
OPTIONS = (
    "--assert=plain", "-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:terminal", "-o",
    "addopts=--import-mode=importlib --strict-markers",
)  # fmt: skip


class Check:
    """One check: `call` says whether all is well. `runs` has the functions of each file that it runs."""

    def __init__(self, kind: str, name: str, call: Callable[[], bool], text: str = "") -> None:
        self.kind, self.name, self.call = kind, name, call
        self.key = f"{name} {hashlib.sha256(text.encode()).hexdigest()[:12]}"
        self.seconds = 0.0
        self.runs: dict[str, list[str]] = {}
        self.kills = 0

    @property
    def breadth(self) -> int:
        """How many functions it runs: what tests one thing notices the most about it."""
        return sum(map(len, self.runs.values()))

    def passes(self) -> bool:
        try:
            return self.call()
        except Exception:  # noqa: BLE001 - whatever it is, it was noticed
            return False

    def guarded(self) -> bool:
        """Like `passes`, and this process ends when it takes far longer than it should."""
        signal.setitimer(signal.ITIMER_PROF, 2 + 15 * self.seconds)
        signal.setitimer(signal.ITIMER_REAL, 60 + 60 * self.seconds)
        return self.passes()


class Tracer:
    """Notes the functions that run in some files."""

    def __init__(self, files: Iterable[str]) -> None:
        self.names: dict[str, set[str]] = {file: set() for file in files}

    def start(self) -> "Tracer":
        sys.setprofile(self.noted)
        return self

    def stop(self) -> None:
        sys.setprofile(None)

    def noted(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and (names := self.names.get(frame.f_code.co_filename)) is not None:
            names.add(frame.f_code.co_qualname)


class Collector:
    """A plugin of pytest that collects and hands the checks to `work` in place of running the tests."""

    def __init__(self, work: Callable[[list[Check]], None]) -> None:
        self.work = work

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.work(list(checks_of(session.items)))
        return True


def collected(files: Iterable[str], folder: str, work: Callable[[list[Check]], None]) -> None:
    """Has pytest collect the files, with `folder` for what its tests write, and hands the checks to `work`."""
    pytest.main([*OPTIONS, f"--basetemp={tempfile.mkdtemp(dir=folder)}", *files], plugins=[Collector(work)])


def checks_of(items: Iterable[pytest.Item]) -> Iterator[Check]:
    by_rows: set[str] = set()
    for item in items:
        if item.name.partition("[")[0] != BY_ROWS:
            yield Check("test", item.nodeid, partial(passed, item), item.path.read_text())
        elif item.nodeid.partition("[")[0] not in by_rows:
            by_rows.add(item.nodeid.partition("[")[0])
            yield from rows_of(item.module)


def rows_of(module: Any) -> Iterator[Check]:
    workspace = module.make_workspace(Path(tempfile.mkdtemp(prefix="rows")))
    for row in module.ROWS:
        for command in row["commands"]:
            name = json.dumps([row["class"], row["rule"], row.get("deny", ""), row.get("mode", ""), command])
            call = partial(row_passes, module, workspace, row, command)
            yield Check("row", f"row {name}", call)


def row_passes(module: Any, workspace: Path, row: dict[str, Any], command: str) -> bool:
    with module.opened(workspace) as place:
        return bool(module.decided(place, row, command)[0] == row["must"])


def passed(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=None)
    return all(report.outcome != "failed" for report in reports)


def forget() -> None:
    """Empties every cache of functions of ours: what a changed function would say must not be known already."""
    for cache in caches():
        cache.cache_clear()


def caches(found: list[Any] = []) -> list[Any]:  # noqa: B006 - asked for before every check
    if not found:
        found += [one for one in gc.get_objects() if isinstance(one, _lru_cache_wrapper)
                  and str(one.__module__).startswith("pegboard")]  # fmt: skip
    return found


def functions() -> dict[tuple[str, str], list[FunctionType]]:
    """Every function by its file and qualified name."""
    found: dict[tuple[str, str], list[FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType):
            found.setdefault((one.__code__.co_filename, one.__code__.co_qualname), []).append(one)
    return found


def forked(work: Callable[[], bool]) -> bool:
    """Whether `work` returned True in a child process that neither died nor took too long."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.setitimer(signal.ITIMER_PROF, 120)
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        try:
            good = work()
        except BaseException:  # noqa: BLE001 - nothing of it may run on in the child
            good = False
        os._exit(0 if good else 1)
    return os.waitpid(child, 0)[1] == 0


class Bench:
    """Tries changes against checks. `last` is memory that a child shares with us: which check it was at."""

    def __init__(self, checks: Sequence[Check], seed: int) -> None:
        self.checks, self.random = checks, random.Random(seed)
        self.last = mmap.mmap(-1, 8)
        caches()
        self.functions = functions()
        gc.collect()
        gc.freeze()

    def swap(self, code: CodeType, name: str) -> None:
        """Gives the function of this name (any, if empty) the code that it has in the changed module."""
        for one in codes_in(code):
            if name in ("", one.co_qualname):
                for function in self.functions.get((one.co_filename, one.co_qualname), ()):
                    function.__code__ = one

    def covering(self, source: Source, change: Change | None) -> list[Check]:
        """Those that run its statement, or else any of the module; the best so far and the quickest first."""
        runs = [(check, check.runs.get(str(source.path), ())) for check in self.checks]
        found = [check for check, names in runs if (names if change is None else change.function in names)]
        self.random.shuffle(found)
        alike: Counter[tuple[str, ...]] = Counter()
        chosen = []
        for check in sorted(found, key=lambda one: (-one.kills, one.seconds > 0.2, one.kind == "row", one.breadth)):
            way = (check.kind, *check.runs[str(source.path)])
            alike[way] += 1
            if alike[way] <= ALIKE[check.kind]:
                chosen.append(check)
        return chosen

    def outcome(self, source: Source, change: Change | None) -> str:
        """Which check notices the change of a function; with None, what notices code that is as it was."""
        checks = self.covering(source, change)
        if not checks:
            return "not run by any check"
        code = source.changed(change)

        def work() -> bool:
            self.swap(code, change.function if change is not None else "")
            forget()
            for at, check in enumerate(checks):
                self.last[:] = at.to_bytes(8, "big")
                if not check.guarded():
                    return False
            return True

        self.last[:] = NO_CHECK.to_bytes(8, "big")
        if forked(work):
            return SURVIVED
        at = int.from_bytes(self.last, "big")
        if at == NO_CHECK:
            return UNFIT_CODE
        killer = checks[at]
        killer.kills += 1
        return f"noticed by {killer.name}"


def measured(checks: Iterable[Check], sources: Sequence[Source], folder: Path, *, only_known: bool = False) -> None:
    """Notes what each check runs, as kept in the folder while its own text is the same. Ends if one fails."""
    file = folder / "checks.json"
    kept = json.loads(file.read_text()) if file.exists() else {}
    wrong: list[str] = []
    for check in checks:
        if check.key in kept:
            check.seconds, check.runs = kept[check.key]
        elif not only_known and not measure(check, [str(source.path) for source in sources]):
            wrong.append(check.name)
    if not only_known:
        kept = {check.key: (check.seconds, check.runs) for check in checks if check.name not in wrong}
        file.write_text(json.dumps(kept))
    if wrong:
        sys.exit("\n".join(["fails without any change:", *wrong]))


def measure(check: Check, files: Iterable[str]) -> bool:
    """Whether it passes as things are; notes what it runs and how long that takes."""
    forget()
    traced = Tracer(files).start()
    begun = time.thread_time()
    good = check.passes()
    check.seconds = time.thread_time() - begun
    traced.stop()
    check.runs = {file: sorted(names) for file, names in traced.names.items() if names}
    return good
