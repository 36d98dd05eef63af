"""Text that a person decides by hides nothing: two different texts never look the same, and no character acts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.wire.visible import quoted, visible

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcödé 漢字", "plain ünïcödé 漢字"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\x9bb", r"a\x9bb"),
        ("line\nline\ttab\r", r"line\nline\ttab\r"),
        ("abc\u202egpj.exe", r"abc\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("\U000e0041\U000e0042", r"\U000e0041\U000e0042"),
        ("\ue000\U000f0000", r"\ue000\U000f0000"),
        ("no\u00a0break\u2003space", r"no\xa0break\u2003space"),
        ("filler\u3164\u115f\u2800", r"filler\u3164\u115f\u2800"),
        ("emoji\ufe0f\U000e0100", r"emoji\ufe0f\U000e0100"),
        ("\udc80", r"\udc80"),
        (r"\x1b", r"\\x1b"),
    ],
)
def test_what_a_screen_would_not_show_is_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY)
def test_nothing_that_is_shown_acts_or_hides(text: str) -> None:
    for letter in quoted(text):
        assert unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        assert letter == " " or unicodedata.category(letter) != "Zs"


@given(ANY, ANY)
def test_different_texts_look_different(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)
    assert (quoted(one) == quoted(other)) == (one == other)


@given(ANY)
def test_an_escape_can_be_read_back(text: str) -> None:
    assert _unescaped(visible(text)) == text


@pytest.mark.parametrize("argument", ["", " ", " a", "a ", "'a", '"a"'])
def test_the_borders_of_an_argument_can_be_seen(argument: str) -> None:
    assert quoted(argument).startswith("'")
    assert quoted(argument).endswith("'")


def _unescaped(line: str) -> str:
    out, at = "", 0
    while at < len(line):
        if line[at] != "\\":
            out, at = out + line[at], at + 1
            continue
        kind = line[at + 1]
        size = {"x": 2, "u": 4, "U": 8}.get(kind, 0)
        out += (
            chr(int(line[at + 2 : at + 2 + size], 16)) if size else {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}[kind]
        )
        at += 2 + size
    return out
