"""Small changes of Python code, one place at a time: what mutation testing tries. Knows no module and runs nothing."""

import ast
import copy
import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

SWAPS: dict[type[ast.AST], Any] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
REMOVED = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class Change(NamedTuple):
    """One changed place. `key` is its place and kind, `function` what to swap."""

    index: int
    line: int
    column: int
    what: str
    function: str
    """The qualified name of the outermost function, empty where the code runs at import."""

    @property
    def key(self) -> str:
        return f"{self.line}:{self.column}: {self.what}"


class Source:
    """A module's text and every change of it."""

    def __init__(self, path: Path) -> None:
        self.path, self.text = path, path.read_text()
        self.tree = ast.parse(self.text)
        self.digest = hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def changes(self) -> list[Change]:
        spared = set(map(id, promises(self.tree)))
        place = {id(node): function for node, function in placed(self.tree)}
        return [
            Change(index, getattr(node, "lineno", 0), getattr(node, "col_offset", 0), what, place[id(node)])
            for index, node in enumerate(ast.walk(self.tree))
            if id(node) not in spared
            for what in kinds(node)
        ]

    def changed(self, change: Change | None) -> CodeType:
        """The module's code with the change, or as it is."""
        tree = copy.deepcopy(self.tree)
        if change is not None:
            apply(next(node for at, node in enumerate(ast.walk(tree)) if at == change.index), change.what)
        return compile(ast.fix_missing_locations(tree), str(self.path), "exec")


def promises(tree: ast.Module) -> Iterator[ast.AST]:
    """What is said to the reader and to type checkers alone: annotations, and `frozen=True` of a class."""
    for node in ast.walk(tree):
        said = [node.annotation] if isinstance(node, ast.arg | ast.AnnAssign) else []
        said += [node.returns] if isinstance(node, FUNCTIONS) else []
        said += [keyword.value for keyword in node.keywords] if isinstance(node, ast.ClassDef) else []
        for one in said:
            yield from ast.walk(one) if one is not None else ()


def placed(node: ast.AST, function: str = "", around: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Every node with the qualified name of its outermost function, empty for what runs at import."""
    yield node, function
    named = isinstance(node, FUNCTIONS | ast.ClassDef)
    for name, value in ast.iter_fields(node):
        inside, within = function, around
        if named and name == "body" and not function:
            within = f"{around}{node.name}."
            inside = within[:-1] if isinstance(node, FUNCTIONS) else ""
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from placed(child, inside, within)


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """Every function's code in a module's."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes_in(constant)


def kinds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        yield from (f"comparison {at}" for at, op in enumerate(node.ops) if type(op) in SWAPS)
    elif isinstance(node, ast.BoolOp):
        yield "and/or"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not removed"
    elif isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        yield "operator"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        yield "constant"
    elif isinstance(node, ast.Return) and node.value is not None and not is_empty(node.value):
        yield "returns None"
    elif isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield "condition negated"
    elif isinstance(node, REMOVED) or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
        yield "statement removed"


def is_empty(node: ast.AST) -> bool:
    """Whether a result is as empty as None; True and False are changed as constants."""
    if isinstance(node, ast.Constant):
        return not node.value
    return isinstance(node, ast.List | ast.Tuple) and not node.elts


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
