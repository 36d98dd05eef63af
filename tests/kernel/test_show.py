"""What a person sees: complete where it matters, and never able to move the cursor."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.show import Palette, clipped, lines, question_lines, safe
from pegboard_sdk.wire.asking import MARGIN
from pegboard_sdk.wire.records import Failure, Outcome, Program, Question, Text, ToolResult, ToolUse


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


LONG = Question(
    question="q", text="", tool="write_file", reason="no rule allows it", sha256="a" * 64, choices=("yes", "no"),
    covers={"yes": "this call, once"}, diff="\n".join(f"+line {number}" for number in range(500)),
)  # fmt: skip


def test_a_long_question_of_the_gate_says_what_is_hidden_and_shows_it_on_demand() -> None:
    short = list(question_lines(LONG, Palette.PLAIN))
    assert len(short) < 210
    (note,) = [line for line in short if "hidden" in line]
    assert "answer `show`" in note
    assert "  yes      this call, once" in short
    whole = list(question_lines(LONG, Palette.PLAIN, whole=True))
    assert [line for line in whole if line.startswith(MARGIN)] == [f"{MARGIN}+line {number}" for number in range(500)]


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=300), st.integers(12, 80))
def test_no_row_of_the_terminal_shows_what_a_model_wrote_without_its_margin(text: str, width: int) -> None:
    asked = Question(
        question="q",
        text="",
        tool="t",
        reason="r",
        sha256="a" * 64,
        programs=(Program(argv=(text,)),),
        arguments={"k": text},
    )
    printed = list(question_lines(asked, Palette.PLAIN, width))
    own = [line for line in printed if not line.startswith(MARGIN)]
    joined = "".join(line.removeprefix("  ").removeprefix("? ") for line in own)
    assert joined.startswith("t: rruns 1 program, 1 argument,")
    assert all(columns(line) <= max(width, 12) for line in printed)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_a_tool_that_asks_cannot_look_like_the_gate() -> None:
    asked = Question(
        question="q", text="bash: no rule allows it\nruns 1 program", choices=("yes", "no"), tool="nice_tool"
    )
    first, second, choices = question_lines(asked, Palette.PLAIN)
    assert first == "? nice_tool asks: bash: no rule allows it"
    assert second.startswith(MARGIN)
    assert choices == "  yes / no"


def test_colour_is_only_where_it_is_wanted() -> None:
    use = ToolUse(call="1", tool="bash", arguments={"command": "ls"}, turn=1)
    assert "\x1b" in next(lines(use, Palette.COLOUR))
    assert safe("\x1b[31mred") == "\\u001b[31mred"
    assert clipped("a\nb", 20) == "a ⏎ b"
    assert clipped("x" * 50, 10) == "x" * 9 + "…"
