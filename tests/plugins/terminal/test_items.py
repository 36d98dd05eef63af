"""How each record looks, as lines of text."""

from pegboard_sdk.wire.fronting import Form, Said
from pegboard_sdk.wire.records import (
    Answer,
    AnyRecord,
    Closed,
    Delta,
    Ending,
    Failure,
    Message,
    Outcome,
    Question,
    Reasoning,
    Role,
    Text,
    ToolResult,
    ToolUse,
)
from pegboard_terminal.items import Called, Item, Prompt, Reply, Thought, drawn, expanded, needs_gap
from pegboard_terminal.rows import Canvas, Colours
from pegboard_terminal.scroll import Scrollback
from pegboard_terminal.story import Story
from pegboard_terminal.theme import THEMES

CANVAS = Canvas(THEMES["dark"], Colours.NONE, 60)
DIFF = """--- a/basket.py
+++ b/basket.py
@@ -1,3 +1,3 @@ class Basket:
 def total(items):
-    return 1
+    return 2
\\ No newline at end of file
"""


def lines(*items: Item) -> list[str]:
    return ["".join(text for _, text in row).rstrip() for item in items for row in drawn(item, CANVAS)]


def told(*records: AnyRecord) -> list[Item]:
    story = Story("/home/ada/shop")
    return [item for number, record in enumerate(records) for item in story.take(record, number * 5.0)]


def call(tool: str, outcome: Outcome, text: str, **more: object) -> list[Item]:
    arguments = more.pop("arguments", {"command": "pytest"})
    return told(
        ToolUse(call="c", tool=tool, arguments=arguments, turn=1),  # type: ignore[arg-type]
        ToolResult(call="c", tool=tool, outcome=outcome, parts=(Text(text=text),), **more),  # type: ignore[arg-type]
    )


def test_a_prompt_keeps_its_lines() -> None:
    assert lines(Prompt("one\n  two")) == ["\u276f one", "    two"]


def test_a_call_is_one_line_with_its_outcome_and_time() -> None:
    assert lines(*call("bash", Outcome.OK, "a\nb", duration_ms=1234)) == ["✓ bash pytest  1.2 s, 2 lines"]
    assert lines(*call("read_file", Outcome.OK, "a", arguments={"path": "/home/ada/shop/a.py"})) == ["✓ read_file a.py"]
    assert lines(*call("bash", Outcome.CANCELLED, "")) == ["■ bash pytest  cancelled"]


def test_a_failure_shows_its_end_and_a_denial_its_reason() -> None:
    assert lines(*call("bash", Outcome.FAILED, "1\n2\n3\n4\n")) == [
        "✗ bash pytest  failed, 4 lines",
        "  2",
        "  3",
        "  4",
    ]
    assert lines(*call("bash", Outcome.DENIED, "not in this mode")) == ["⊘ bash pytest  denied", "  not in this mode"]


def test_an_edit_shows_its_diff_with_numbers() -> None:
    assert lines(*call("edit_file", Outcome.OK, "ok", shown=DIFF, arguments={"path": "basket.py"})) == [
        "✓ edit_file basket.py",
        "  basket.py",
        "       ⋯ class Basket:",
        "      1   def total(items):",
        "      2 -     return 1",
        "      2 +     return 2",
        "          No newline at end of file",
    ]


def test_long_output_is_folded_and_whole_when_asked_for() -> None:
    (item,) = call("bash", Outcome.OK, "\n".join(str(number) for number in range(500)))
    assert len(drawn(item, CANVAS)) == 1
    assert len(expanded(item, CANVAS)) == 501


def test_thoughts_are_folded() -> None:
    thought = told(Delta(stream="reasoning", text="why "), Delta(stream="text", text="So."))[0]
    assert lines(thought) == ["∴ thought for 5.0 s"]
    assert expanded(thought, CANVAS)[1][1][1].strip() == "why"


def test_what_was_streamed_is_not_printed_again() -> None:
    message = Message(role=Role.ASSISTANT, parts=(Reasoning(text="hm"), Text(text="One.\n\nTwo.")))
    streamed = told(Delta(stream="text", text="One.\n\nTw"), Delta(stream="text", text="o."), message)
    assert lines(*streamed) == ["One.", "Two."]
    assert lines(*told(message)) == ["∴ thought", "One.", "Two."]


def test_an_error_says_what_to_do() -> None:
    (item,) = told(Failure(code="UNAUTHENTICATED", message="no key", plugin="openai"))
    assert lines(item) == ["! openai: no key", "  → `peg login` takes a key; `/model` chooses another model"]


def test_an_answer_is_told_and_a_refusal_looks_like_one() -> None:
    question = Question(question="q", text="really?", choices=("yes", "no"), tool="bash", sha256="ab")
    (yes,) = told(question, Answer(question="q", answer="yes", by="terminal"))
    (no,) = told(question, Answer(question="q", answer="use make instead", by="phone"))
    assert lines(yes, no) == ["\u203a bash: yes", "⊘ bash: use make instead (phone)"]


def test_an_interrupted_run_says_so_and_a_good_one_nothing() -> None:
    assert lines(*told(Closed(end=Ending.INTERRUPTED))) == ["■ interrupted"]
    assert told(Closed(end=Ending.DONE)) == []


def test_what_commands_say_comes_in_its_form() -> None:
    assert lines(Reply(Said(text="a\nb"))) == ["  a", "  b"]
    assert lines(Reply(Said(text="**a**", form=Form.MARKDOWN))) == ["a"]
    assert lines(Reply(Said(text=DIFF, form=Form.DIFF)))[0] == "basket.py"


def test_calls_stand_together_and_prose_apart() -> None:
    call_item = call("bash", Outcome.OK, "a")[0]
    assert isinstance(call_item, Called)
    assert not needs_gap(call_item, call_item)
    assert not needs_gap(Thought("x"), call_item)
    assert needs_gap(Prompt("x"), call_item)


def test_a_cleared_screen_gets_its_last_rows_again() -> None:
    scroll = Scrollback()
    scroll.add([Prompt(str(number)) for number in range(50)])
    assert scroll.lay_out(CANVAS, 0)
    assert not scroll.lay_out(CANVAS, 60)
    printed = scroll.take()
    assert not scroll.waits
    assert scroll.again(CANVAS, 9) == printed[-9:]
    assert scroll.again(CANVAS, 0) == []
