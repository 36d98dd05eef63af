"""ripgrep and our own search find the same, and neither shows what must not be shown."""

import os
import shutil
import subprocess
import sys

import pytest

from pegboard_sdk import FileHandle
from pegboard_search.found import LINE_CHARACTERS
from pegboard_search.pattern import Glob
from pegboard_search.plain import MAX_LINE_CHARACTERS, Plain
from pegboard_search.query import BadPattern, Query
from pegboard_search.ripgrep import MAX_EVENT_BYTES, Ripgrep, locate
from pegboard_search.scope import Scope

BUNDLED = os.path.join(os.path.dirname(sys.executable), "rg")
PROGRAMS = [program for program in dict.fromkeys([shutil.which("rg"), BUNDLED]) if program and os.path.exists(program)]
ENGINES = [None, *PROGRAMS]

TREE = {
    ".gitignore": b"*.log\n!keep.log\n/build/\n",
    "a.py": b"import os\nneedle = 1\nprint(needle)\n",
    "a/b.py": b"needle\r\nother\r\nNeedle\r\n",
    "a/.gitignore": b"!own.log\nsecret.py\n",
    "a/own.log": b"needle\n",
    "a/secret.py": b"needle\n",
    "build/out.py": b"needle\n",
    "x/build/out.py": b"needle\n",
    "debug.log": b"needle\n",
    "keep.log": b"needle\n",
    ".hidden/c.txt": b"needle\n",
    ".git/config": b"needle\n",
    ".env": b"needle=1\n",
    "sub/.ENV.local": b"needle=2\n",
    "private/key.txt": b"needle\n",
    "binary": b"needle\n\0\nneedle\n",
    "latin.txt": b"needle caf\xe9\n",
    "wide.txt": b"\xff\xfe" + "needle ü\nx\n".encode("utf-16-le"),
    "marked.txt": b"\xef\xbb\xbfneedle\n",
    "long.js": b"x" * 5000 + b"needle" + b"y" * 5000 + b"\n",
    "end.txt": b"one\ntwo\nthree needle",
    "sp ace\n.txt": b"needle\n",
    "nested/.git/config": b"x\n",
    "nested/debug.log": b"needle in nested\n",
}
HIDDEN = (".env*", "private/", "*.key")


@pytest.fixture(params=[True, False], ids=["repository", "plain folder"])
def tree(request, tmp_path):
    for name, content in TREE.items():
        if request.param or ".git/" not in name:
            path = tmp_path / "top" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "o.py").write_text("needle\n")
    (tmp_path / "top" / "link.py").symlink_to(outside / "o.py")
    (tmp_path / "top" / "linked").symlink_to(outside)
    return tmp_path / "top"


def scope_of(path, exclude=HIDDEN):
    fd = os.open(path, os.O_RDONLY)
    try:
        return Scope(FileHandle(fd=os.dup(fd), path=".", access="list", exclude=exclude))
    finally:
        os.close(fd)


def engine(program):
    return Plain() if program is None else Ripgrep(program)


def names(program, path, pattern="**"):
    scope = scope_of(path)
    try:
        return list(engine(program).names(scope, Glob(pattern)))
    finally:
        os.close(scope.fd)


def lines(program, path, query):
    scope = scope_of(path)
    try:
        return [
            (found.path, found.count, [(line.number, line.text, line.is_match) for line in found.lines])
            for found in engine(program).search(scope, query)
        ]
    finally:
        os.close(scope.fd)


def test_the_bundled_ripgrep_is_there_and_found():
    assert BUNDLED in PROGRAMS
    assert locate() is not None


@pytest.mark.parametrize("program", ENGINES)
def test_ignored_excluded_linked_and_repository_files_are_not_named_and_hidden_ones_are(tree, program):
    found = names(program, tree)
    assert ".hidden/c.txt" in found
    assert "x/build/out.py" in found
    assert "keep.log" in found
    shown = {"debug.log", "a/secret.py", "build/out.py", ".env", "sub/.ENV.local", "private/key.txt", "link.py"}
    assert shown & set(found) == set()
    assert [name for name in found if name.startswith((".git/", "linked", "nested/.git"))] == []
    assert found == sorted(found, key=lambda name: [part.encode() for part in name.split("/")])


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("pattern", ["**", "*.py", "a/*.py", "*.log", "{a,x}/**/*.py", "build", "*.{txt,js}", ".*"])
def test_both_name_the_same_files(tree, program, pattern):
    assert names(program, tree, pattern) == names(None, tree, pattern)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("folder", ["a", "x", "x/build", "build", ".hidden"])
def test_both_obey_the_ignore_files_above_the_folder(tree, program, folder):
    assert names(program, tree / folder) == names(None, tree / folder)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(
    "query",
    [
        Query("needle"),
        Query("needle", ignores_case=True),
        Query("^needle$"),
        Query(r"needle\b", context=1),
        Query("needle", glob=Glob("*.log")),
        Query("needle", glob=Glob("a/**")),
        Query(r"(?<name>n)ee[[:alpha:]]le"),
        Query(r"import os\nneedle"),
        Query("café"),
        Query("ü"),
        Query("needle", keep=1),
        Query(r"\bthree\b", context=2),
        Query("nothing like it"),
    ],
    ids=lambda query: query.pattern,
)
def test_both_find_the_same_lines(tree, program, query):
    assert lines(program, tree, query) == lines(None, tree, query)


@pytest.mark.parametrize("program", ENGINES)
def test_lines_come_with_numbers_context_and_readable_text(tree, program):
    found = {path: (count, rows) for path, count, rows in lines(program, tree, Query("needle", context=1))}
    assert found["a.py"] == (2, [(1, "import os", False), (2, "needle = 1", True), (3, "print(needle)", True)])
    assert found["latin.txt"] == (1, [(1, "needle café", True)])
    assert found["wide.txt"][1][0] == (1, "needle ü", True)
    assert "binary" not in found
    ((_, long, _),) = found["long.js"][1]
    assert "needle" in long
    assert len(long) <= LINE_CHARACTERS + 2


@pytest.mark.parametrize("program", ENGINES)
@pytest.mark.parametrize("pattern", ["needle(", "[z-a]", "*"])
def test_a_bad_pattern_is_called_a_bad_pattern(tree, program, pattern):
    with pytest.raises(BadPattern, match="bad pattern"):
        lines(program, tree, Query(pattern))


@pytest.mark.parametrize("program", ENGINES)
def test_a_single_file_is_searched(tree, program):
    ((path, count, rows),) = lines(program, tree / "a.py", Query("needle"))
    assert (path, count) == ("", 2)
    assert rows[0] == (2, "needle = 1", True)


@pytest.mark.parametrize("program", ENGINES)
def test_a_search_that_was_stopped_ends(tree, program):
    scope = scope_of(tree)
    running = engine(program)
    running.stop()
    try:
        assert list(running.search(scope, Query("needle"))) == []
    finally:
        os.close(scope.fd)


def test_our_own_search_ends_amid_the_files_when_it_is_stopped(tree):
    scope = scope_of(tree)
    running = Plain()
    search = running.search(scope, Query("needle"))
    try:
        next(search)
        running.stop()
        assert list(search) == []
    finally:
        os.close(scope.fd)


def test_a_line_too_long_to_be_held_counts_once(tmp_path):
    (tmp_path / "a").write_bytes(b"first\n" + b"needle" * (MAX_LINE_CHARACTERS // 2) + b"\nlast needle\n")
    ((_, count, rows),) = lines(None, tmp_path, Query("needle"))
    assert count == 2
    assert [number for number, _, _ in rows] == [2, 3]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_line_too_long_for_one_event_is_counted_and_its_file_named(tmp_path, program):
    (tmp_path / "a").write_bytes(b"needle" * MAX_EVENT_BYTES + b"\n")
    ((path, count, rows),) = lines(program, tmp_path, Query("needle$"))
    assert (path, count, rows) == ("a", 1, [])


@pytest.mark.parametrize("program", PROGRAMS)
def test_leaving_a_search_early_kills_ripgrep(tree, program):
    running = Ripgrep(program)
    scope = scope_of(tree)
    search = running.search(scope, Query("needle"))
    try:
        next(search)
        process = running._process
        search.close()
        assert isinstance(process, subprocess.Popen)
        assert process.returncode is not None
    finally:
        os.close(scope.fd)


@pytest.mark.parametrize("program", ENGINES)
def test_a_pattern_that_reincludes_does_not_undo_an_exclusion(tree, program):
    scope = scope_of(tree, (".env*", "!.env"))
    try:
        assert ".env" not in list(engine(program).names(scope, Glob("**")))
    finally:
        os.close(scope.fd)
