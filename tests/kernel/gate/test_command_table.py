"""The table of programs is well formed, and its options are read as the programs read them."""

import re

import pytest

from pegboard.gate.command.canonical import canonical
from pegboard.gate.command.facts import ALWAYS, Effect, Weight
from pegboard.gate.command.options import read
from pegboard.gate.command.programs import rows
from pegboard.gate.command.programs.readers import MODULES, reader_of
from pegboard.gate.command.programs.roles import DOUBTS, NOTHING
from pegboard.gate.command.programs.uses import USES
from pegboard.gate.command.row import row_of
from pegboard.gate.command.subjects import ACCESS

ROLES = {*NOTHING, *DOUBTS, *ACCESS, *"vzekhucxM"}
NAMES = sorted(name for name in rows() if not name.startswith("@"))


def test_every_row_is_readable_and_uses_only_what_exists() -> None:
    for name in NAMES:
        row = row_of(name)
        assert row is not None
        assert row.via in {"", *MODULES}, name
        assert row.flags <= {"sub", "posix", "go", "raw"}, (name, row.flags)
        for operand in row.operands:
            assert operand.rstrip("*") in ROLES, (name, operand)
        assert sum(operand.endswith("*") for operand in row.operands) <= 1, name
        for option in row.options.values():
            assert set(option.roles) <= ROLES, (name, option)
            assert set(option.uses) <= set(USES), (name, option)
            assert all(re.fullmatch(r"-.|--?[\w.+#:@-]+|\+\w", one) for one in option.names), (name, option)


def test_every_subcommand_has_a_program_that_takes_one() -> None:
    for name in NAMES:
        above, _, _ = name.rpartition(" ")
        if above:
            row = row_of(above)
            assert row is not None, name
            assert "sub" in row.flags, name


def test_every_reader_is_there_and_used() -> None:
    used = {row.via for name in NAMES if (row := row_of(name)) is not None and row.via}
    assert used == set(MODULES)
    assert all(callable(reader_of(name)) for name in MODULES)


def test_the_table_is_broad() -> None:
    assert len({name.split()[0] for name in NAMES}) > 500


def weights(*words: str) -> dict[int, Weight]:
    reading = read(words)
    assert reading is not None
    found: dict[int, Weight] = {}
    for deed in reading.deeds:
        found[deed.at] = max(found.get(deed.at, Weight.PLAIN), deed.weight)
    return found


def subjects(*words: str) -> list[tuple[str, str]]:
    reading = read(words)
    assert reading is not None
    return [(one.role, one.value) for one in reading.subjects]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sort", "-o", "x", "f"), [("w", "x"), ("r", "f")]),
        (("sort", "-ox", "f"), [("w", "x"), ("r", "f")]),
        (("sort", "-ruox", "f"), [("w", "x"), ("r", "f")]),
        (("sort", "--output=x", "f"), [("w", "x"), ("r", "f")]),
        (("sort", "--output", "x", "f"), [("w", "x"), ("r", "f")]),
        (("sort", "f", "-o", "x"), [("w", "x"), ("r", "f")]),
        (("sort", "--", "-o", "x"), [("r", "-o"), ("r", "x")]),
        (("grep", "a", "f", "g"), [("p", "a"), ("r", "f"), ("r", "g")]),
        (("grep", "-e", "a", "f"), [("p", "a"), ("r", "f")]),
        (("grep", "-f", "p", "f"), [("P", "p"), ("r", "f")]),
        (("cp", "a", "b", "c"), [("r", "a"), ("r", "b"), ("w", "c")]),
        (("uniq", "a", "b"), [("r", "a"), ("w", "b")]),
        (("head", "-20", "f"), [("r", "f")]),
        (("go", "test", "-run", "X", "./..."), [("t", "X"), ("a", "./...")]),
        (("go", "test", "--run=X"), [("t", "X")]),
        (("jq", "--slurpfile", "a", "f", "."), [("t", "a"), ("r", "f"), ("p", ".")]),
    ],
)
def test_options_take_their_values_and_operands_their_roles(
    words: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert subjects(*words) == expected


def test_unknown_and_abbreviated_options_are_covered_by_no_prefix() -> None:
    assert weights("sort", "--unknown", "f")[1] is Weight.CONFINED
    assert weights("sort", "--rever", "f")[1] is Weight.CONFINED
    assert weights("sort", "-rX", "f")[1] is Weight.CONFINED
    assert weights("sort", "--reverse=x", "f")[1] is Weight.CONFINED
    assert weights("ls", "-la") == {0: Weight.PLAIN}


def test_an_abbreviation_counts_as_every_option_that_it_may_mean() -> None:
    reading = read(("git", "push", "--for"))
    assert reading is not None
    assert "--force" in reading.names
    assert any(deed.effect & Effect.DELETE for deed in reading.deeds)


def test_a_subcommand_is_found_behind_the_options_of_its_program() -> None:
    reading = read(("git", "-C", "x", "log", "-1"))
    assert reading is not None
    assert reading.row.name == "git log"
    assert canonical(("git", "--no-pager", "log", "-1")) == ("git", "log", "-1")
    assert canonical(("git", "-c", "a=b", "log")) == ("git", "-c", "a=b", "log")


def test_a_subcommand_that_is_not_in_the_table_is_in_doubt_whatever_a_rule_names() -> None:
    assert weights("git", "frobnicate")[ALWAYS] is Weight.CONFINED


def test_a_wrapped_command_begins_where_the_wrapper_says() -> None:
    for words, at in (
        (("timeout", "-k", "1", "5", "rm", "x"), 4),
        (("nice", "-n", "5", "rm", "x"), 3),
        (("sudo", "-u", "x", "rm", "x"), 3),
        (("xargs", "-0", "-n1", "rm"), 3),
    ):
        reading = read(words)
        assert reading is not None
        assert reading.nested == [(at, words[at:])]
