"""The little languages inside arguments: what is known to print only, and what is not."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.gate.command.programs.scripts import awk_trouble, find_parts, jq_trouble, sed_trouble, yq_trouble


@pytest.mark.parametrize(
    "script",
    [
        "p",
        "1,20p",
        "$p",
        "$=",
        "/a/p",
        "/a/,/b/p",
        "/a/I,+3p",
        "1~2p",
        "5q",
        "s/a/b/",
        "s/a/b/gp",
        "s|/a|/b|",
        "s/a\\/b/c/",
        "s/[[:space:]]*$//",
        "/x/!d",
        "1d;2d",
        "1,3{p;d}",
        "y/abc/xyz/",
        "s/\\[x\\]/y/",
        ":a;N;$!ba;s/\\n/ /g",
        "a\\\ntext",
        "i text",
        "/^#/d",
        "s/[a-z.]*/x/",
        "\\,a,p",
        "10q5",
        "n;d",
        "$!N;P;D",
        "s/a/b/2g",
    ],
)
def test_sed_scripts_that_only_print_are_known(script: str) -> None:
    assert sed_trouble(script) == ""


@pytest.mark.parametrize(
    "script",
    [
        "w x",
        "1w x",
        "/a/w x",
        "s/a/b/w x",
        "s/a/b/gw x",
        "s/a/b/e",
        "e",
        "e ls",
        "1e ls",
        "r x",
        "R x",
        "W x",
        "p;w x",
        "{w x\n}",
        "s/[]/[]/;\\,x/w src,p",
        "s/[/]/e/",
        "y/a/b/;w x",
        "s/a/b",
        "/a",
        "s\na\nb\n",
        "p # x\nw x",
        "v",
        "s/a/b/M;e",
        "$!e",
        "1,3!w x",
        "a x\nw y",
        "\\xaxw y",
        "pw x",
        "}w x",
        "s/a/b/ w x",
        "l5w x",
    ],
)
def test_sed_scripts_that_read_write_or_run_are_not(script: str) -> None:
    assert sed_trouble(script) != ""


PIECES = [
    *"spwerRWqdyaicbnN{}/;\n ,!$1[]\\^x&e",
    "s/a/b/",
    "/x/",
    "w P",
    "e touch P",
    "s,a,b,",
    "[]/[]",
    "\\,",
    "[^/]",
    "[[:x:]]",
]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=10).map("".join))
def test_a_sed_script_that_is_known_makes_no_file(tmp_path: Path, script: str) -> None:
    if sed_trouble(script):
        return
    (tmp_path / "f").write_text("a\nx\n[]/\n")
    (tmp_path / "src").mkdir(exist_ok=True)
    try:
        subprocess.run(["sed", script, "f"], cwd=tmp_path, capture_output=True, timeout=2, check=False)
    except subprocess.TimeoutExpired:
        return
    assert sorted(os.listdir(tmp_path)) == ["f", "src"]
    assert os.listdir(tmp_path / "src") == []


@pytest.mark.parametrize(
    "program",
    [
        "{print $1}",
        "NR==1",
        "$3 > 100",
        "{s+=$1} END {print s}",
        '{print "a > b"}',
        "a || b",
        "length($0) > 80",
        "/x/",
        '{print $1 " | " $2}',
    ],
)
def test_awk_programs_that_only_print_are_known(program: str) -> None:
    assert awk_trouble(program) == ""


@pytest.mark.parametrize(
    "program",
    [
        'BEGIN{system("x")}',
        '{print > "x"}',
        '{print | "x"}',
        '"x" | getline',
        'getline < "x"',
        "BEGIN{print ENVIRON[1]}",
        '@load "x"',
        '/"/{system("x")}/"/',
        '/"/{print > "x"}/"/',
        'BEGIN{ARGV[1]="x"}',
        '{f="system"; @f("x")}',
        '{printf "x" >> "y"}',
        '# "\n{print | "x"}\n# "',
        "BEGIN{SYMTAB[1]}",
    ],
)
def test_awk_programs_that_read_write_or_run_are_not(program: str) -> None:
    assert awk_trouble(program) != ""


def test_jq_and_yq_may_name_fields_but_not_look_around() -> None:
    for program in (".env", '."env"', ".a.env|.b", "input", "keys", ".[] | select(.a > 1)"):
        assert jq_trouble(program) == "", program
    for program in ("env", "$ENV", "$ENV.X", "[env]", '"\\(env)"', 'include "x"; .', 'import "x" as y; .', ".a|env.X"):
        assert jq_trouble(program) != "", program
    assert yq_trouble(".env.a") == ""
    for program in ("env(X)", 'load("x")', "strenv(X)", ".a = env(X)", "eval(.x)"):
        assert yq_trouble(program) != "", program


def test_a_find_expression_is_taken_apart() -> None:
    words = (
        "find",
        ".",
        "src",
        "-name",
        "-delete",
        "-exec",
        "rm",
        "{}",
        "+",
        "-fprintf",
        "x",
        "%p",
        "-frob",
        "-delete",
    )
    assert list(find_parts(words)) == [
        (1, "start", (".",)),
        (2, "start", ("src",)),
        (3, "t", ("-delete",)),
        (5, "run", ("rm", "{}")),
        (9, "wt", ("x", "%p")),
        (12, "unknown", ()),
        (13, "delete", ()),
    ]
