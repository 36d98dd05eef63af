"""Globs mean what people mean by them."""

import pytest

from pegboard_search.pattern import BadGlob, Glob, expand


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.py", ["a.py", "x/y/a.py", ".h.py"], ["a.pyc", "py"]),
        ("./*.py", ["a.py"], ["x/a.py"]),
        ("/*.py", ["a.py"], ["x/a.py"]),
        ("src/*.py", ["src/a.py"], ["src/x/a.py", "x/src/a.py"]),
        ("src/**/*.py", ["src/a.py", "src/x/y/a.py"], ["a.py"]),
        ("**/test_*.py", ["test_a.py", "x/test_b.py"], ["x/a_test.py"]),
        ("src", ["src/a", "x/src/b/c", "src"], ["srcs/a"]),
        ("src/", ["src/a", "x/src/b"], ["src"]),
        ("src/**", ["src/a", "src/b/c"], ["src", "x/src/a"]),
        ("**", ["a", "b/c"], []),
        (".", ["a", "b/c"], []),
        ("*.{ts,tsx}", ["a.ts", "b/a.tsx"], ["a.t"]),
        ("{src,test/{a,b}}/*.c", ["src/x.c", "test/b/x.c"], ["test/x.c"]),
        ("[!a]?.md", ["bx.md", "d/cx.md"], ["ax.md", "/x.md"]),
        ("[]x].md", ["].md", "x.md"], ["y.md"]),
        (r"\{a\}\*", ["{a}*"], ["a", "{a}b"]),
        ("a\nb", ["a\nb"], ["ab"]),
    ],
)
def test_a_pattern_matches_what_it_means_and_nothing_else(pattern, matching, other):
    glob = Glob(pattern)
    assert [path for path in matching if not glob.matches(path)] == []
    assert [path for path in other if glob.matches(path)] == []


def test_braces_nest_and_may_be_empty():
    assert expand("a{,b{1,2}}c") == ["ac", "ab1c", "ab2c"]


@pytest.mark.parametrize("pattern", ["a{b", "../x", "a/../b", "{a,b}" * 20, "[z-a]"])
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern):
    with pytest.raises(BadGlob, match="bad glob"):
        Glob(pattern)
