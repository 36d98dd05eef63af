"""What a person sees: complete where it matters, and never able to move the cursor."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.show import Palette, clipped, lines, question_lines, safe
from pegboard_sdk.wire.records import Failure, Outcome, Question, Text, ToolResult, ToolUse


def shown(record: object, width: int = 100) -> list[str]:
    return list(lines(record, Palette.PLAIN, width))  # type: ignore[arg-type]


def test_a_call_and_its_result_are_a_line_each() -> None:
    use = ToolUse(call="1", tool="bash", arguments={"command": "git status"}, turn=1)
    result = ToolResult(call="1", tool="bash", outcome=Outcome.OK, parts=(Text(text="a\nb\n"),), duration_ms=1500)
    assert shown(use) == ["● bash git status"]
    assert shown(result) == ["  ✓ a (2 lines) 1.5 s"]


def test_a_denial_gives_its_reason_once() -> None:
    use = ToolUse(call="1", tool="bash", arguments={}, turn=1, decision="deny", reason="no rule allows it")
    assert shown(use) == ["⊘ bash denied: no rule allows it"]
    assert shown(ToolResult(call="1", tool="bash", outcome=Outcome.DENIED)) == []


def test_a_diff_is_shown_to_people() -> None:
    result = ToolResult(call="1", tool="edit_file", outcome=Outcome.OK, parts=(Text(text="edited"),), shown="-a\n+b\n")
    assert shown(result) == ["  ✓ edited", "    -a", "    +b"]


def test_a_question_is_never_shortened() -> None:
    text = "Run this?\n" + "\n".join(f"argument {number}" for number in range(300))
    printed = list(question_lines(Question(question="q", text=text, choices=("yes", "no")), Palette.PLAIN))
    assert len(printed) == 302


@given(st.text())
def test_nothing_can_move_the_cursor(text: str) -> None:
    printed = [
        *shown(Failure(code="X", message=text)),
        *shown(ToolUse(call="1", tool="t", arguments={"a": text}, turn=1)),
        *question_lines(Question(question="q", text=text), Palette.PLAIN),
    ]
    for line in printed:
        assert not any(
            (ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 or 0x202A <= ord(c) <= 0x202E for c in line
        )


def test_colour_is_only_where_it_is_wanted() -> None:
    use = ToolUse(call="1", tool="bash", arguments={"command": "ls"}, turn=1)
    assert "\x1b" in next(lines(use, Palette.COLOUR))
    assert safe("\x1b[31mred") == "\\u001b[31mred"
    assert clipped("a\nb", 20) == "a ⏎ b"
    assert clipped("x" * 50, 10) == "x" * 9 + "…"
