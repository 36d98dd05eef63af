"""gitignore patterns: what they match, checked against a slow and obvious matcher, and against git itself."""

import fnmatch
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from needing import absent

from pegboard.gate.glob import folded_spelling, literal, parse_glob, spelling
from pegboard_sdk.errors import InvalidParams

ROOT, HOME = "/w", "/h"


def covers(pattern: str, path: str) -> bool:
    return parse_glob(pattern).covers(spelling(path, root=ROOT, home=HOME))


def binds(pattern: str, path: str) -> bool:
    return parse_glob(pattern).binds(folded_spelling(path, root=ROOT, home=HOME))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**", "/w/a/b"), ("*", "/w/a/b"), ("src/**", "/w/src/a/b"), ("src", "/w/deep/src/a"), ("src/", "/w/src/a"),
        ("*.py", "/w/a/b.py"), ("./x", "/w/x"), ("a/**/b", "/w/a/b"), ("a/**/b", "/w/a/x/y/b"), ("/etc/**", "/etc/x"),
        ("~/x", "/h/x"), ("[a-c]x", "/w/bx"), ("[!a-c]x", "/w/dx"), ("a*b*c", "/w/aXbbXc"), ("?", "/w/a"),
        ("\\*", "/w/*"), ("**/x", "/w/x"), ("a/**", "/w/a/b/c"), ("[.]env", "/w/.env"), ("/w/a", "/w/a"),
        ("[]]x", "/w/]x"), ("caf?", "/w/café"),
    ],
)  # fmt: skip
def test_a_pattern_covers(pattern: str, path: str) -> None:
    assert covers(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("src/**", "/w/src"), ("./x", "/w/a/x"), ("src/x", "/w/a/src/x"), ("*.py", "/w/a.pyc"), ("?", "/w/ab"),
        ("a*c", "/w/a/c"), ("**", "/o/a"), ("x", "/o/x"), ("[!a]", "/w/a"), ("/etc/*", "/w/etc/x"), ("~/x", "/w/x"),
        ("a/**/b", "/w/a/xb"), ("/w", "/wx"), ("src", "/w/SRC"),
    ],
)  # fmt: skip
def test_a_pattern_does_not_cover(pattern: str, path: str) -> None:
    assert not covers(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"), [("SRC/x", "/w/src/X"), (".env", "/o/sub/.ENV"), ("caf\u00e9", "/w/CAFE\u0301"), ("a", "/W/A")]
)
def test_a_narrowing_rule_binds_whatever_the_case_and_form(pattern: str, path: str) -> None:
    assert binds(pattern, path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[^/]x", "without its"),
        ("", "1 to 1024"), ("x" * 2000, "2000"), ("!x", "deny rule"), ("a\nb", "U+000A"), ("../x", "`..`"),
        ("a/../b", "`..`"), ("a\\", "lone"), ("[ab", "without its"), ("[z-a]", "not a pattern"), ("a\ud800", "U+D800"),
    ],
)  # fmt: skip
def test_a_wrong_pattern_says_what_would_be_right(text: str, said: str) -> None:
    with pytest.raises(InvalidParams, match=re.escape(said)):
        parse_glob(text)


PARTS = st.text("ab*?.", min_size=1, max_size=4).filter(lambda part: set(part) != {"."})
PATTERNS = st.lists(st.one_of(PARTS, st.just("**")), min_size=2, max_size=5).map("/".join)
PATHS = st.lists(st.text("ab.", min_size=1, max_size=3).filter(lambda p: set(p) != {"."}), min_size=1, max_size=5)


def slow(pattern: list[str], path: list[str]) -> bool:
    """Whether the pattern matches the path or a folder above it, by trying everything."""
    if not pattern:
        return True
    if pattern[0] == "**":
        if len(pattern) == 1:
            return bool(path)
        return slow(pattern[1:], path) or (bool(path) and slow(pattern, path[1:]))
    here = re.sub(r"\*+", "*", pattern[0])
    return bool(path) and fnmatch.fnmatchcase(path[0], here) and slow(pattern[1:], path[1:])


@given(PATTERNS, PATHS)
def test_the_expression_agrees_with_trying_everything(pattern: str, path: list[str]) -> None:
    assert covers(pattern, f"/w/{'/'.join(path)}") == slow(pattern.split("/"), path)


@given(st.lists(st.text("ab.*?[]!\\ #-", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_quoted_name_matches_itself_and_is_literal(parts: list[str]) -> None:
    parts = [part for part in parts if part not in (".", "..")] or ["a"]
    glob = parse_glob(f"./{literal('/'.join(parts))}")
    path = f"/w/{'/'.join(parts)}"
    assert glob.literal
    assert glob.names(spelling(path, root=ROOT, home=HOME))
    assert glob.covers(spelling(path, root=ROOT, home=HOME))
    assert not glob.names(spelling(f"{path}x", root=ROOT, home=HOME))


@given(PATTERNS, PATHS, st.integers(0, 3))
def test_seen_from_a_folder_a_pattern_means_the_same_files(pattern: str, path: list[str], depth: int) -> None:
    folder, below = path[:depth], path[depth:]
    if not below:
        return
    lines = list(parse_glob(pattern).seen_from("/".join(("/w", *folder)), root=ROOT, home=HOME))
    seen = any(covers(f".{line}", f"/w/{'/'.join(below)}") for line in lines)
    assert seen == covers(pattern, f"/w/{'/'.join(path)}")


@given(st.text("a*", min_size=1, max_size=40), st.integers(1, 4000))
def test_no_pattern_makes_matching_slow(pattern: str, length: int) -> None:
    """Without atomic groups this would take longer than the universe."""
    covers(pattern, f"/w/{'a' * length}b")


def test_git_agrees(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        absent("git")
    names = ["a", "a/b", "a/b/c.py", "b/a/c.py", "c.py", "a/x/y/b", "ab/c", "a*b", "[x]"]
    patterns = ["a", "/a", "*.py", "a/**", "a/**/b", "**/b", "a/*", "?b", "[ab]", "a\\*b", "b/a", "\\[x\\]"]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for pattern in patterns:
        (tmp_path / ".gitignore").write_text(f"{pattern}\n")
        asked = "\0".join(names).encode()
        found = subprocess.run(
            ["git", "check-ignore", "-z", "--stdin", "--no-index"], cwd=tmp_path, input=asked, stdout=subprocess.PIPE,
            check=False,
        )  # fmt: skip
        ignored = set(found.stdout.decode().split("\0")) - {""}
        rule = pattern if not pattern.startswith("/") else f".{pattern}"
        assert {name for name in names if covers(rule, f"/w/{name}")} == ignored, pattern
