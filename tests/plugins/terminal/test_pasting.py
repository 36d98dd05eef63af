"""A long paste is one word in the input and whole in what is sent."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard_terminal.pasting import Pastes


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
