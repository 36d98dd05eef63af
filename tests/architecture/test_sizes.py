"""Files, functions and the kernel stay small enough to be read."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("kernel", "sdk", "plugins") for path in (ROOT / folder).glob("**/src/**/*.py"))

FILE_LINES = 250
PROTOCOL_FILE_LINES = 400
FUNCTION_LINES = 40
KERNEL = ROOT / "kernel" / "src" / "pegboard"
KERNEL_PARTS = {
    "rest": 2995, "fronts": 520, "transcript": 430, "models": 520, "gate": 3295,
    "journal": 550, "config": 500, "spawner": 465,
    "audit": 370, "commands": 755, "obeyed": 180, "policy": 450, "proxy": 380, "rights": 515, "sandbox": 1185,
    "secrets": 420, "supply": 960,
}  # fmt: skip
DRAWERS = {"utils", "helpers", "common", "misc", "base", "core", "manager", "types", "handlers"}

pytestmark = pytest.mark.filterwarnings("default")


def code_lines(path: Path) -> int:
    """Lines that hold code: no blank lines, comments or docstrings."""
    text = path.read_text()
    lines: set[int] = set()
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_on_a_few_screens(path: Path) -> None:
    limit = PROTOCOL_FILE_LINES if path.name == "messages.py" else FILE_LINES
    assert len(path.read_text().splitlines()) <= limit


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_fits_on_one_screen(path: Path) -> None:
    long = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(path)}
    assert {name: length for name, length in long.items() if length > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_named_for_what_it_holds_and_says_it(path: Path) -> None:
    assert path.stem not in DRAWERS
    if path.suffix == ".py" and path.read_text().strip():
        assert ast.get_docstring(ast.parse(path.read_text())), "a module starts with what it is"


def part_of(path: Path) -> str:
    """The part of the kernel that a file belongs to; empty for what is not counted."""
    inside = path.relative_to(KERNEL).parts
    if inside[0] in {"cli", "demo"} or "programs" in inside:
        return ""
    return inside[0] if len(inside) > 1 else "rest"


@pytest.mark.parametrize("part", KERNEL_PARTS)
def test_no_part_of_the_kernel_grows(part: str) -> None:
    """The command line and tables of data are not counted: ADR 0005 says why, 0014 and 0015 what each part is for."""
    counted = [path for path in KERNEL.glob("**/*.py") if part_of(path) == part]
    assert sum(code_lines(path) for path in counted) <= KERNEL_PARTS[part]


def test_every_part_of_the_kernel_has_a_limit() -> None:
    assert {part_of(path) for path in KERNEL.glob("**/*.py")} - {""} <= set(KERNEL_PARTS)
