"""A long paste is one word in the input and whole in what is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_terminal.pasting import Pastes, mention_of


@given(st.text(), st.lists(st.text(min_size=900, max_size=1200), max_size=3))
def test_what_was_pasted_is_sent_whole(before: str, pasted: list[str]) -> None:
    pastes = Pastes()
    typed = before.replace("[", "(") + " ".join(pastes.fold(text) for text in pasted)
    whole = before.replace("[", "(") + " ".join(text.replace("\r\n", "\n").replace("\r", "\n") for text in pasted)
    assert pastes.unfold(typed) == whole


def test_two_pastes_of_the_same_length_are_told_apart() -> None:
    pastes = Pastes()
    words = [pastes.fold("\n".join(letter * 120)) for letter in "ab"]
    assert words == ["[pasted 120 lines]", "[pasted 120 lines #2]"]
    assert pastes.unfold(" ".join(words)) == "\n".join("a" * 120) + " " + "\n".join("b" * 120)


def test_short_pastes_and_typed_words_stay() -> None:
    pastes = Pastes()
    assert pastes.fold("two\r\nlines") == "two\nlines"
    assert pastes.unfold("[pasted 9 lines]") == "[pasted 9 lines]"


@pytest.mark.parametrize(
    ("pasted", "mention"),
    [
        ("/home/ada/a.png", "@/home/ada/a.png "),
        ("'/home/ada/my pictures/a b.JPG' ", '@"/home/ada/my pictures/a b.JPG" '),
        ("/home/ada/a\\ b.webp", '@"/home/ada/a b.webp" '),
        ("file:///home/ada/a%20b.gif", '@"/home/ada/a b.gif" '),
        ("~/a.jpeg\n", "@~/a.jpeg "),
        ("/home/ada/a.txt", ""),
        ("look at a.png", ""),
        ("a.png", ""),
        ("/a.png\n/b.png", ""),
        ("/it's.png", ""),
        ("https://example.org/a.png", ""),
    ],
)
def test_a_dragged_image_becomes_a_mention(pasted: str, mention: str) -> None:
    assert mention_of(pasted) == mention
