"""Nothing that a record says reaches the terminal as a command: rows hold text, and only colours stand around it."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.wire.fronting import Completion, Form, Said, Status
from pegboard_sdk.wire.records import (
    Answer,
    AnyRecord,
    Closed,
    Delta,
    Ending,
    Failure,
    Init,
    Message,
    Outcome,
    Program,
    Question,
    Reasoning,
    Role,
    Switched,
    Text,
    ToolResult,
    ToolUse,
)
from pegboard_terminal import notices
from pegboard_terminal.items import Reply, drawn, expanded
from pegboard_terminal.live import Drawer, Moment, menu_rows, status_row
from pegboard_terminal.panel import Panel
from pegboard_terminal.rows import Canvas, Colours, Row, width_of
from pegboard_terminal.story import Story
from pegboard_terminal.theme import THEMES

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
EVIL = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "\x1b\x07\x9b\x00\r\n\t\x08\u202e\u2066\u200b\u00ad\ufeff[]0;m\\`*_#|>-+@ ab~\u0301\U000e0041漢"
        ),
        st.characters(),
    ),
    max_size=60,
)
CANVAS = Canvas(THEMES["dark"], Colours.TRUE, 40)


def records_of(a: str, b: str) -> list[AnyRecord]:
    use: dict[str, Any] = {"call": "c", "tool": a or "x", "turn": 1}
    return [
        Init(session="s", workspace=a, program="peg", resumed=True),
        Message(role=Role.USER, parts=(Text(text=a),)),
        Delta(stream="reasoning", text=b),
        Delta(stream="text", text=a),
        Delta(stream="text", text=f"\n\n```{b}\n{a}\n```\n\n- {b}\n"),
        Message(role=Role.ASSISTANT, parts=(Reasoning(text=a), Text(text=b))),
        ToolUse(arguments={"command": a, b: b}, reason=b, **use),
        Delta(stream="output", call="c", text=b),
        ToolResult(outcome=Outcome.FAILED, parts=(Text(text=a),), note=b, **use),
        ToolUse(arguments={b: a}, **use),
        ToolResult(outcome=Outcome.OK, shown=f"--- {a}\n+++ {b}\n@@ -1 +1 @@ {a}\n-{a}\n+{b}", **use),
        ToolUse(arguments={a: [b]}, reason=a, **use),
        ToolResult(outcome=Outcome.DENIED, **use),
        Question(question="q", text=a, tool=b),
        Answer(question="q", answer=a, by=b),
        Failure(code="UPSTREAM", message=a, plugin=b),
        Switched(model=a, mode=b),
        Closed(end=Ending.INTERRUPTED),
    ]  # fmt: skip


def assert_harmless(rows: list[Row], width: int = CANVAS.width) -> None:
    for row in rows:
        for _, text in row:
            assert not [letter for letter in text if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co"}], text
        assert width_of(row) <= width, row
    written = COLOUR.sub("", CANVAS.ansi(rows))
    assert "\x1b" not in written
    assert written.count("\r\n") == len(rows)


@given(EVIL, EVIL)
def test_no_record_moves_the_cursor_or_hides_anything(a: str, b: str) -> None:
    story, drawer = Story(), Drawer()
    status = Status(session="s", busy=True, doing=a, steering=(a,), queued=(b,), model=a, mode=b, title=b, plugins=(a,))
    for record in records_of(a, b):
        for item in story.take(record, 1.0):
            assert_harmless(drawn(item, CANVAS))
            assert_harmless(expanded(item, CANVAS))
        assert_harmless(drawer.above(story, status, CANVAS, Moment(9.0, 1.0, 24)))
    assert_harmless([status_row(status, "", CANVAS), status_row(status, a, CANVAS)])
    assert_harmless(menu_rows([Completion(insert=a, label=b, about=a)], 0, CANVAS))
    for form in Form:
        assert_harmless(drawn(Reply(Said(text=f"{a}\n{b}", form=form)), CANVAS))


@given(EVIL, EVIL)
def test_no_question_does_either(a: str, b: str) -> None:
    gate = Question(
        question="q", text=a, tool=b, reason=a, choices=("yes", "no", a), covers={"yes": b}, sha256="ab",
        programs=(Program(argv=(a, b), joined=b, input=a),), diff=f"-{a}\n+{b}", arguments={a: b}, effects=(b,),
    )  # fmt: skip
    for question in (gate, Question(question="q", text=a, choices=(a, b)), Question(question="q", text=b)):
        assert_harmless(Panel(question).rows(CANVAS, "", 12))
        assert_harmless(Panel(question).everything(CANVAS))
    many = Question(question="q", text=a, choices=tuple(f"{number}{b}" for number in range(20)), covers={f"1{b}": a})
    assert_harmless(Panel(many).rows(CANVAS, "1", 12))


@given(EVIL)
def test_titles_and_notifications_cannot_be_broken_out_of(text: str) -> None:
    for made in (notices.title(text), notices.notification(text).removesuffix(notices.BELL)):
        assert made.endswith("\x1b\\")
        inside = made[4:-2]
        assert not [letter for letter in inside if unicodedata.category(letter) == "Cc"]
    assert re.fullmatch(r"\x1b\]52;c;[A-Za-z0-9+/=]*\x1b\\", notices.copied(text))


@pytest.mark.parametrize("text", ["x" * 10_000_000, "line\n" * 2_000_000, "\x1b[31m" * 2_000_000, "漢" * 3_000_000])
def test_an_output_of_ten_megabytes_is_a_line_and_still_opens(text: str) -> None:
    story = Story()
    story.take(ToolUse(call="c", tool="bash", arguments={"command": text}, turn=1), 0)
    story.take(Delta(stream="output", call="c", text=text), 0)
    assert_harmless(Drawer().above(story, Status(session="s", busy=True), CANVAS, Moment(1.0, 0.0, 24)))
    (item,) = story.take(ToolResult(call="c", tool="bash", outcome=Outcome.FAILED, parts=(Text(text=text),)), 0)
    assert len(drawn(item, CANVAS)) < 60
    assert_harmless(drawn(item, CANVAS))
    assert_harmless(expanded(item, CANVAS))
