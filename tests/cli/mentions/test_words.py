"""Which words of a text mention a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.mentions.words import MOST_WORDS, Unfinished, mentions_in, unfinished, written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("look at @a.py and @src/b.py", [("a.py",), ("src/b.py",)]),
        ("(@a.py), then @b.py.", [("a.py),", "a.py"), ("b.py.", "b.py")]),
        ('@"with spaces.md" twice @"with spaces.md"', [("with spaces.md",)]),
        ("mail to me@example.org", []),
        ("`@a.py` and @ and @@x", []),
        ("@../up @~/home @/abs", [("../up",), ("~/home",), ("/abs",)]),
        ("@ä/ö.py, @'x'", [("ä/ö.py,", "ä/ö.py"), ("'x'", "'x")]),
    ],
)
def test_a_sign_before_a_word_mentions_it(text: str, found: list[tuple[str, ...]]):
    assert list(mentions_in(text)) == found


def test_of_a_long_paste_only_the_first_are_looked_at():
    assert len(mentions_in(" ".join(f"@{number}" for number in range(10_000)))) == MOST_WORDS


@pytest.mark.parametrize(
    ("text", "path"),
    [("see @src/ma", "src/ma"), ("@", ""), ('see @"a b', "a b"), ("a@b", None), ("@done now", None), ('@"a" ', None)],
)
def test_what_a_line_ends_with_is_completed(text: str, path: str | None):
    found = unfinished(text)
    assert (found and found.path) == path


@given(st.text(max_size=40))
def test_a_path_that_is_written_down_is_the_path_that_is_mentioned(path: str):
    text = written(path)
    assert bool(text) == ('"' not in path and "\n" not in path)
    if text and path:
        assert mentions_in(f"see {text} here")[0][0] == path


@given(st.text(alphabet="@\"' .\n(a/`", max_size=60))
def test_any_text_is_read_and_what_ends_it_is_part_of_it(text: str):
    mentions_in(text)
    found = unfinished(text)
    assert found is None or (text.endswith(found.path) and isinstance(found, Unfinished) and found.length >= 1)
