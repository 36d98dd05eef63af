"""Exclusions hide at least what the same lines in a `.gitignore` would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from pegboard_search.hidden import Hidden

names = st.sampled_from(["a", "b", ".env", "x.pem", "id_rsa", "A", "c.d"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
lines = st.sampled_from([
    ".env*", "*.pem", "**/.[eE][nN][vV]*", "/a", "a/b", "/a/**/b", "**/a/b", "a/", "a/*", "/a/*/b", "**/x.*/a", "?",
    "[!a]", "[A-b]", "[Z-a]", "c.d", "**", "a/**",
])  # fmt: skip


@given(st.lists(lines, min_size=1, max_size=4), paths)
def test_what_a_gitignore_would_hide_is_hidden(patterns, path):
    if GitIgnoreSpec.from_lines(patterns).match_file(path):
        assert Hidden(patterns).covers(path)


@pytest.mark.parametrize(
    ("patterns", "shown"),
    [
        (["**/[eE][nN][vV]"], "environment/a"),
        (["*.pem"], "pem"),
        (["/private"], "x/private"),
        (["a{b,c}"], "ab"),
        (["!a", "#a", ""], "a"),
        ([], "a"),
    ],
)
def test_nothing_else_is_hidden(patterns, shown):
    assert not Hidden(patterns).covers(shown)


def test_letter_case_hides_nothing_from_being_hidden():
    assert Hidden([".Env*", "/Private"]).covers("x/.ENV.local")
    assert Hidden([".Env*", "/Private"]).covers("PRIVATE/key")
