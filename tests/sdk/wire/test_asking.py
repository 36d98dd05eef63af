"""A question in plain lines: all of it, counted, and nothing of the model's outside its margin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.wire.asking import MARGIN, covers, programs_of, question_lines, room_words, rule_words, shortened
from pegboard_sdk.wire.editing import Before, change
from pegboard_sdk.wire.methods import Pipeline, Plan, Step
from pegboard_sdk.wire.records import Program, Question, Room
from pegboard_sdk.wire.visible import quoted

FOREIGN = st.text(st.characters(exclude_categories=()), max_size=40)


def question(**parts: object) -> Question:
    return Question(question="q", text="", tool="bash", reason="no rule allows it", sha256="ab" * 32, **parts)  # type: ignore[arg-type]


@given(st.lists(st.lists(FOREIGN, min_size=1, max_size=4), min_size=1, max_size=3))
def test_every_argument_stands_on_a_line_of_its_own_behind_the_margin(plan: list[list[str]]) -> None:
    asked = question(programs=tuple(Program(argv=tuple(argv)) for argv in plan))
    lines = question_lines(asked)
    assert [line for line in lines if line.startswith(MARGIN)] == [
        MARGIN + quoted(word) for argv in plan for word in argv
    ]
    assert f"{sum(map(len, plan))} argument" in lines[1]


@given(FOREIGN, FOREIGN, FOREIGN, FOREIGN)
def test_what_the_model_says_never_stands_outside_the_margin(script: str, diff: str, key: str, value: str) -> None:
    own = question_lines(question(script="s", diff="d", arguments={"k": "v"}))
    said = question_lines(question(script=script or "s", diff=diff or "d", arguments={key: value}))
    outside = [line for line in said if not line.startswith(MARGIN)]
    assert len(outside) == len([line for line in own if not line.startswith(MARGIN)])
    assert not any("\n" in line or "\x1b" in line for line in said)


def test_a_long_one_says_how_much_is_hidden_and_how_to_see_it() -> None:
    lines = question_lines(question(diff="\n".join(f"+line {number}" for number in range(1000))))
    short = shortened(lines, 100)
    assert len(short) == 100
    (note,) = [line for line in short if "hidden" in line]
    assert f"{len(lines) - 99} of {len(lines)} lines are hidden here; answer `show`" in note
    assert (short[0], short[-1]) == (lines[0], lines[-1])
    assert shortened(lines[:100], 100) == lines[:100]


def test_how_programs_are_joined_is_said() -> None:
    first = Pipeline(steps=(Step(argv=("a",), cwd="src", discard_stderr=True), Step(argv=("b",), stdin="text\nof it")))
    plan = Plan(pipelines=(first, Pipeline(steps=(Step(argv=("c",)),), when="||")))
    a, b, c = programs_of(plan)
    assert a.joined == "in src, its errors are thrown away"
    assert b.joined == "reads the output of the one before"
    assert c.joined == "if the one before failed"
    lines = question_lines(question(programs=(a, b, c)))
    assert "program 3 of 3, 1 argument; if the one before failed:" in lines
    assert lines[lines.index("which reads (2 lines, 10 bytes):") + 1] == MARGIN + "text"


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (Room(), "with all your rights: every file of yours, and the network"),
        (Room(confined=True), "in the workspace, no network"),
        (
            Room(confined=True, needs=("network",), hosts=("a.org", "b.org")),
            "in the workspace, with network to a.org, b.org",
        ),
        (Room(confined=True, needs=("network",)), "in the workspace, with network to any host"),
        (Room(confined=True, needs=("protected",)), "in the workspace, its protected names too, no network"),
        (Room(confined=True, needs=("outside",)), "with all your rights: every file of yours, and the network"),
    ],
)
def test_the_room_in_words(room: Room, words: str) -> None:
    assert room_words(room) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("bash(git status)", "exactly the command `git status`"),
        ("bash(git log *)", "`git log`, also with further arguments that do nothing else"),
        ("bash(*)", "every command that is known, whatever its arguments"),
        ("web_fetch(domain:a.org)", "web_fetch of a.org and its subdomains"),
        ("write_file(src/a.py)", "write_file of `src/a.py`"),
        ("Edit(src/**)", "Edit of whatever matches `src/**`"),
        ("worker_change", "every worker_change, whatever its arguments"),
    ],
)
def test_what_a_remembered_answer_covers_in_words(rule: str, words: str) -> None:
    assert rule_words(rule) == words
    assert covers([rule])["session"] == f"{words}; until this session ends"
    assert set(covers([])) == {"yes", "no"}


OLD = Before(path="a.py", exists=True, text="one\ntwo\nthree\n")


def test_an_edit_is_the_diff_of_the_whole_file() -> None:
    found = change({"path": "a.py", "old_str": "two", "new_str": "2"}, OLD)
    assert found.diff == "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    assert found.shows == {"old_str", "new_str", "replace_all"}
    assert (
        change({"edits": [{"old_str": "one", "new_str": "1"}, {"old_str": "1", "new_str": "I"}]}, OLD).diff.count("\n+")
        == 2
    )


def test_what_cannot_be_found_is_shown_as_it_was_asked() -> None:
    found = change({"path": "a.py", "old_str": "four", "new_str": "4"}, OLD)
    assert found.diff.startswith("[not found word for word")
    assert "-four" in found.diff
    assert "+4" in found.diff


def test_a_whole_content_is_compared_and_a_note_goes_before_it() -> None:
    assert change({"content": "one\n"}, OLD).diff.endswith(" one\n-two\n-three\n")
    binary = change({"content": "x\n"}, Before(path="b", exists=True, note="[binary]\n"))
    assert binary.diff == "[binary]\n--- b\n+++ b\n@@ -0,0 +1 @@\n+x\n"
    assert change({"content": "x\n"}, Before(path="b")).diff.startswith("--- /dev/null\n+++ b\n")


def test_a_huge_change_is_shown_whole_all_the_same() -> None:
    before = "".join(f"old {number}\n" for number in range(5000))
    after = "".join(f"new {number}\n" for number in range(5000))
    rows = change({"content": after}, Before(path="f", exists=True, text=before)).diff.splitlines()
    assert sum(row.startswith("-old") for row in rows) == sum(row.startswith("+new") for row in rows) == 5000


@pytest.mark.parametrize(
    "arguments", [{}, {"edits": []}, {"edits": "x"}, {"edits": [1]}, {"old_str": "a"}, {"content": 1}]
)
def test_another_shape_is_no_diff_and_hides_no_argument(arguments: dict[str, object]) -> None:
    found = change(arguments, OLD)
    assert (found.diff, found.shows) == ("", frozenset())
