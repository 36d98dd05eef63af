"""The subset of shell: what is accepted, what is left alone, and that bash splits what is accepted the same way."""

import pytest
from bash_reading import PIECES, difference, runs
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard.gate.command.script import Forbidden, Script, Unparsed
from pegboard.gate.command.tokenizer import MAX_TEXT, parse

TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join)


def words(text: str) -> list[list[str]]:
    script = parse(text)
    assert isinstance(script, Script), script
    return [[word.text for word in command.words] for group in script.groups for command in group.commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("git log", [["git", "log"]]),
        ("a 'b c' \"d e\" f\\ g", [["a", "b c", "d e", "f g"]]),
        ("a ''", [["a", ""]]),
        ('a "x\\"y\\\\z\\n"', [["a", 'x"y\\z\\n']]),
        ("a && b || c; d | e\nf", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a # b\nc", [["a"], ["c"]]),
        ("a#b", [["a#b"]]),
        ("a \\\n b", [["a", "b"]]),
        ("a 'x\ny'", [["a", "x\ny"]]),
        ("a HEAD~1 @{u} {} HEAD^ --x=a,b", [["a", "HEAD~1", "@{u}", "{}", "HEAD^", "--x=a,b"]]),
        ("a 2>&1 | b", [["a"], ["b"]]),
        ("a |\n b &&\n\n c", [["a"], ["b"], ["c"]]),
        ('grep "x$" f', [["grep", "x$", "f"]]),
        ("find . ! -name x", [["find", ".", "!", "-name", "x"]]),
    ],
)
def test_what_is_in_the_subset_becomes_words(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "# x",
        "a &",
        "a & b",
        "a |& b",
        "a > b",
        "a < b",
        "a 2>&3",
        "a {fd}>/dev/null",
        "a {fd}>>/dev/null b",
        "a {f\\\nd}>/dev/null",
        "a $x",
        "a `b`",
        "a $(b)",
        "(a)",
        "{ a; }",
        "a {b,c}",
        "a ~",
        "a x=~/y",
        "X=1 a",
        "X=1",
        "if a",
        "a 'b",
        'a "b',
        "a \\",
        "a &&",
        "| a",
        "; a",
        "a;;",
        "! a",
        "a <<E\nx\nE",
        "a <<'E'\nx",
        "a <(b)",
        "a =b",
        "a !b",
        "* a",
        "f() { a; }",
        "a <<<b",
        "2>&1",
        "1\\\n2>/dev/null",
        "a \uff1bb",
        "a\x85b",
        "a\u00a0b",
    ],
)
def test_everything_else_is_named_and_left_alone(text: str) -> None:
    found = parse(text)
    assert isinstance(found, Unparsed)
    assert found.reason


@pytest.mark.parametrize(
    "char", ["\0", "\x1b", "\r", "\x7f", "\x9b", "\u200b", "\u202e", "\u2028", "\ufeff", "\U000e0041", "\ue000"]
)
def test_what_cannot_be_shown_is_forbidden_even_in_quotes(char: str) -> None:
    found = parse(f"echo 'a{char}b'")
    assert isinstance(found, Forbidden)
    assert f"U+{ord(char):04X}" in found.reason


def test_text_of_people_is_not_forbidden() -> None:
    assert words("git commit -m 'Größe ✨ ⚠️ 日本語'") == [["git", "commit", "-m", "Größe ✨ ⚠️ 日本語"]]


def test_a_here_document_is_the_input_of_its_command() -> None:
    script = parse("cat <<'E' | wc -l\n$a `b`\n\n E\nE\nls")
    assert isinstance(script, Script)
    first, second = script.groups
    assert [command.stdin for command in first.commands] == ["$a `b`\n\n E\n", None]
    assert second.commands[0].words[0].text == "ls"


def test_tabs_before_the_lines_of_a_here_document_go_where_the_dash_says_so() -> None:
    script = parse('cat <<-"E"\n\t\tx\n\tE\n')
    assert isinstance(script, Script)
    assert script.groups[0].commands[0].stdin == "x\n"


def test_streams_are_tied_as_the_redirections_say_in_order() -> None:
    script = parse("a >/dev/null 2>&1; b 2>&1; c &>/dev/null; d 2>/dev/null; e > /dev/null")
    assert isinstance(script, Script)
    tied = [
        (one.discard_stdout, one.discard_stderr, one.stderr_to_stdout)
        for group in script.groups
        for one in group.commands
    ]
    assert tied == [
        (True, True, False),
        (False, False, True),
        (True, True, False),
        (False, True, False),
        (True, False, False),
    ]
    assert isinstance(parse("a 2>&1 >/dev/null"), Unparsed)


def test_how_a_pipeline_follows_is_kept() -> None:
    script = parse("a && b || c; d\ne")
    assert isinstance(script, Script)
    assert [group.when for group in script.groups] == [";", "&&", "||", ";", ";"]


def test_only_unquoted_wildcards_are_patterns() -> None:
    script = parse("ls *.py '*.py' a\\* \"b?\"*.c [")
    assert isinstance(script, Script)
    assert [word.pattern for word in script.groups[0].commands[0].words] == ["", "*.py", "", "", "b[?]*.c", ""]


def test_limits_are_said_and_not_passed_over() -> None:
    for text in ("a " + "b" * (1 << 16), "a;" * 300, "a " * 5000):
        found = parse(text)
        assert isinstance(found, Unparsed)
        assert found.capped


@settings(max_examples=150)
@given(TEXTS)
def test_bash_reads_what_is_accepted_in_the_same_way(text: str) -> None:
    assert difference(text) == ""


def test_a_text_is_read_up_to_its_limit() -> None:
    assert isinstance(parse("a" * MAX_TEXT), Script)
    beyond = parse("a" * (MAX_TEXT + 1))
    assert isinstance(beyond, Unparsed)
    assert beyond.capped


def test_a_quoted_line_goes_on_only_where_no_here_document_is_awaited() -> None:
    assert isinstance(parse('a <<\'E\' "x\\"y"\nz\nE\n'), Script)
    assert isinstance(parse("a <<'E' \"x\\\ny\"\nz\nE\n"), Unparsed)


def test_the_comparison_sees_a_difference() -> None:
    assert difference("a b; c") == ""
    assert runs(parse("a && b || c"), 1)[-1].words[0].text == "c"  # type: ignore[arg-type]
