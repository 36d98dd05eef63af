"""Changes the code that decides, one place at a time, and runs its quick tests: each change must make one fail.

`python tests/long/mutation.py [--every N] [--seed S] [MODULE ...]` tries every change of each module, or one in N of
them, prints those that no test noticed and then a table. Only the copy in the memory of a forked child is changed.
"""

import argparse
import ast
import copy
import os
import random
import resource
import sys
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "kernel/src"
QUICK = ("test_judge", "test_rule", "test_rule_glob", "test_names", "test_policy", "test_command_pattern", "test_check",
        "test_needs", "test_autonomy", "test_url", "test_place", "test_remembered", "test_command_loose",
        "test_command_resolve")  # fmt: skip
ROWS = ("test_command_cases", "test_path_cases")
JOURNAL = tuple(
    f"tests/kernel/journal/{name}.py" for name in ("test_chain", "test_verify_details", "test_verify", "test_writer")
)
MODULES = {
    **dict.fromkeys(("judge", "judge_path", "judge_command", "rule", "glob", "names", "policy", "url", "autonomy",
                     "command/verdict", "command/pattern", "command/needs"), (QUICK, ROWS)),
    "journal/chain": (JOURNAL,), "journal/verify": (JOURNAL,),
}  # fmt: skip
CPU_S = 60
"""More computing than all tests of a module take; a machine that is busy otherwise does not count."""
SWAPS: dict[type[ast.AST], Any] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
REMOVED = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)


def module_of(name: str) -> tuple[str, Path]:
    inside = name if name.startswith("journal/") else f"gate/{name}"
    return f"pegboard.{inside.replace('/', '.')}", SOURCE / f"pegboard/{inside}.py"


def changes(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Every changed copy of the module: its line, what was changed, and the tree."""
    declared = {
        id(keyword.value) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for keyword in node.keywords
    }
    for index, node in enumerate(ast.walk(tree)):
        # `frozen=True` of a class is a promise to the reader; no decision hangs on it.
        for what in () if id(node) in declared else kinds(node):
            changed = copy.deepcopy(tree)
            apply(next(one for at, one in enumerate(ast.walk(changed)) if at == index), what)
            yield getattr(node, "lineno", 0), what, ast.fix_missing_locations(changed)


def kinds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        yield from (f"comparison {at}" for at, op in enumerate(node.ops) if type(op) in SWAPS)
    elif isinstance(node, ast.BoolOp):
        yield "and/or"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not removed"
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPS and not is_type(node):
        yield "operator"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        yield "constant"
    elif isinstance(node, ast.Return) and node.value is not None and not is_none(node.value):
        yield "returns None"
    elif isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield "condition negated"
    elif isinstance(node, REMOVED) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
        yield "statement removed"


def is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def is_type(node: ast.BinOp) -> bool:
    """Whether it may be `X | None` in an annotation, which nothing runs."""
    return isinstance(node.op, ast.BitOr) and any(is_none(side) for side in (node.left, node.right))


def apply(node: ast.AST, what: str) -> None:
    if isinstance(node, ast.Compare):
        at = int(what.rpartition(" ")[2])
        node.ops[at] = SWAPS[type(node.ops[at])]()
    elif isinstance(node, ast.BoolOp | ast.BinOp):
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else int(str(node.value)) + 1
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    else:
        turn_into(node, ast.Pass() if isinstance(node, ast.stmt) else node.operand)  # type: ignore[attr-defined]


def turn_into(node: ast.AST, other: ast.AST) -> None:
    node.__class__ = other.__class__
    line = {key: value for key, value in vars(node).items() if key.endswith(("lineno", "offset"))}
    vars(node).clear()
    vars(node).update({**line, **vars(other)})


class Changed(MetaPathFinder, Loader):
    """Imports one module from changed code."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.code.co_filename  # tables of data lie beside it
        exec(self.code, vars(module))


def tests_of(name: str) -> list[list[str]]:
    """The quick tests, and then what takes longer."""
    return [[one if "/" in one else f"tests/kernel/gate/{one}.py" for one in group] for group in MODULES[name]]


def passes(name: str, code: CodeType, tests: list[str]) -> bool:
    """Whether the tests pass with the changed code; going on for ever counts as a failure."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        sys.meta_path.insert(0, Changed(module_of(name)[0], code))
        options = ["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:randomly", "-o"]
        options += ["addopts=--import-mode=importlib", "--strict-markers"]
        os._exit(int(pytest.main([*options, *tests])))
    return os.waitpid(child, 0)[1] == 0


def main() -> int:
    given = argparse.ArgumentParser()
    given.add_argument("modules", nargs="*", default=list(MODULES))
    given.add_argument("--every", type=int, default=1)
    given.add_argument("--seed", type=int, default=1)
    asked = given.parse_args()
    os.chdir(ROOT)
    table: list[str] = []
    for name in asked.modules:
        tree = ast.parse(module_of(name)[1].read_text())
        unchanged = compile(tree, str(module_of(name)[1]), "exec")
        if not all(passes(name, unchanged, tests) for tests in tests_of(name)):
            sys.exit(f"{name}: its tests fail without any change")
        everything = list(changes(tree))
        chosen = random.Random(asked.seed).sample(everything, max(len(everything) // asked.every, 1))
        survivors = 0
        for line, what, changed in sorted(chosen, key=lambda one: one[:2]):
            code = compile(changed, str(module_of(name)[1]), "exec")
            if all(passes(name, code, tests) for tests in tests_of(name)):
                survivors += 1
                print(f"  {name}:{line}: {what}", flush=True)
        killed = len(chosen) - survivors
        table.append(f"| {name} | {len(chosen)} of {len(everything)} | {killed} | {100 * killed / len(chosen):.0f} % |")
        print(table[-1], flush=True)
    print("| module | changes | noticed | |\n|---|---|---|---|", *table, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
