"""A random program of edits, shell writes, renames, deletes, modes, links and commits is undone: the tree is byte for
byte what it was, its git state included, and what a user wrote meanwhile is kept and named."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from undo_bench import Bench, snapshot
from undo_programs import COMMANDS, START


class Program(RuleBasedStateMachine):
    """Prompts with calls by bash; now and then one is undone, redone, or the plugin begins anew."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="peg-undo-"))
        self.bench = Bench(self.folder)
        self.bench.outside(START)
        self.states: list[Any] = []
        self.undone: list[Any] = []
        self.next = 1

    @rule(scripts=st.lists(COMMANDS, min_size=1, max_size=4))
    def prompt(self, scripts: list[str]) -> None:
        before = snapshot(self.bench.root)
        self.bench.prompt, self.next = self.next, self.next + 1
        for script in scripts:
            self.bench.shell(script)
        self.states.append((self.bench.prompt, before))

    @precondition(lambda self: self.states)
    @rule(count=st.integers(1, 3))
    def undo(self, count: int) -> None:
        taken = self.states[-count:]
        after = snapshot(self.bench.root)
        said = self.bench.undo(f"--to-turn {taken[0][0] - 1}")
        assert_same(snapshot(self.bench.root), taken[0][1], said)
        if "nothing to undo" not in said:
            self.undone.append((after, taken))
        del self.states[-count:]

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        before = snapshot(self.bench.root)
        said = self.bench.redo()
        after, states = self.undone.pop()
        if "nothing to redo" in said:  # a prompt since has changed something
            assert_same(snapshot(self.bench.root), before, said)
            self.undone.clear()
        else:
            assert_same(snapshot(self.bench.root), after, said)
            self.states += states

    @rule()
    def again(self) -> None:
        self.bench.again()

    @invariant()
    def nothing_is_left_lying(self) -> None:
        assert not list(self.bench.root.rglob(".peg-undo-*"))

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.desk.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def assert_same(found: dict[str, Any], wanted: dict[str, Any], said: str) -> None:
    differing = {
        path: (wanted.get(path), found.get(path))
        for path in found.keys() | wanted
        if found.get(path) != wanted.get(path)
    }
    assert not differing, f"{differing}\n{said}"


Program.TestCase.settings = settings(
    max_examples=8, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
TestPrograms = Program.TestCase
