"""An answer is what the person meant, and a yes holds only for what they have seen whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.wire.records import Answer, Program, Question
from pegboard_terminal.asking import choices_of, matching, question_left
from pegboard_terminal.panel import Panel
from pegboard_terminal.rows import Canvas, Colours
from pegboard_terminal.theme import THEMES

CANVAS = Canvas(THEMES["dark"], Colours.NONE, 80)
GATE = Question(
    question="q", text="t", tool="bash", reason="r", choices=("yes", "session", "project", "user", "no"),
    sha256="ab" * 32,
    programs=(Program(argv=tuple(f"word{number}" for number in range(30))),),
)  # fmt: skip


def seen(panel: Panel, room: int = 60) -> Panel:
    panel.rows(CANVAS, "", room)
    return panel


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "yes"), ("y", "yes"), ("n", "no"), ("s", "session"), ("PROJ", "project"), ("user", "user"), ("No", "no"),
        ("not like that", "not like that"), ("yes, but later", "yes, but later"),
    ],
)  # fmt: skip
def test_letters_and_words_are_understood(typed: str, said: str) -> None:
    assert seen(Panel(GATE)).answer(typed) == Answer(question="q", answer=said, by="terminal", sha256="ab" * 32)


def test_a_yes_to_what_was_not_seen_is_none() -> None:
    panel = seen(Panel(GATE), room=16)
    assert not panel.whole
    assert panel.answer("y") is None
    assert panel.answer("s") is None


def test_a_no_needs_no_reading_and_carries_no_hash() -> None:
    panel = seen(Panel(GATE), room=16)
    assert panel.answer("n") == Answer(question="q", answer="no", by="terminal")
    assert panel.answer("use another remote") == Answer(question="q", answer="use another remote", by="terminal")


def test_turning_all_pages_is_reading_and_skipping_some_is_not() -> None:
    panel = seen(Panel(GATE), room=16)
    while not panel.whole:
        panel.turn(1)
        panel.rows(CANVAS, "", 16)
    assert panel.answer("y") is not None
    skipping = seen(Panel(GATE), room=16)
    skipping.turn(9)
    skipping.rows(CANVAS, "", 16)
    assert skipping.answer("y") is None


def test_another_width_has_to_be_read_again() -> None:
    panel = seen(Panel(GATE), room=60)
    panel.rows(Canvas(THEMES["dark"], Colours.NONE, 40), "", 12)
    assert panel.answer("y") is None


def test_printing_all_of_it_is_reading() -> None:
    panel = seen(Panel(GATE), room=16)
    assert len(panel.everything(CANVAS)) > 30
    assert panel.answer("y") is not None


@given(st.text(max_size=12))
def test_a_text_that_is_no_choice_never_grants(typed: str) -> None:
    answer = seen(Panel(GATE)).answer(typed)
    assert answer is not None
    begun = [choice for choice in GATE.choices if choice.startswith(typed.strip().lower())]
    assert answer.answer in begun or answer.answer == typed.strip()


def test_arrows_choose() -> None:
    panel = seen(Panel(GATE))
    panel.move(1, "")
    assert panel.answer("").answer == "session"  # type: ignore[union-attr]
    panel.move(-2, "")
    assert panel.answer("").answer == "no"  # type: ignore[union-attr]


def test_leaving_is_a_no_where_that_is_a_choice() -> None:
    assert question_left(GATE).answer == "no"
    assert question_left(Question(question="q", text="which?", choices=("a", "b"))).answer == ""


def test_choices_with_the_same_letter_get_a_number() -> None:
    keys = [choice.key for choice in choices_of(Question(question="q", text="t", choices=("main", "master", "dev")))]
    assert keys == ["m", "2", "d"]


def test_a_long_list_is_filtered_by_letters_in_order() -> None:
    names = ["session one", "fix basket", "other fix"]
    assert [names[at] for at in matching(names, "fix")] == ["fix basket", "other fix"]
    assert [names[at] for at in matching(names, "fbt")] == ["fix basket"]
    many = Panel(Question(question="q", text="which?", choices=tuple(f"number {at}" for at in range(40))))
    assert many.answer("37") == Answer(question="q", answer="number 37", by="terminal")
