"""What a record consists of: runs as they were, whatever ended them, and turns that hold every record once."""

import pytest
from click import UsageError
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.replaying.forking import point
from pegboard.cli.replaying.playing import Steering
from pegboard.cli.replaying.recorded import GOES_ON, Recorded, Row, runs, spoken, turns
from pegboard_sdk.wire.records import (
    Closed,
    Ending,
    Image,
    Init,
    Message,
    Outcome,
    Rewound,
    Role,
    Text,
    ToolResult,
)

INIT = Init(session="s", workspace="/w", program="p")
DONE, CUT = Closed(end=Ending.DONE), Closed(end=Ending.INTERRUPTED)
RESULT = ToolResult(call="c", tool="t", outcome=Outcome.OK)


def user(text):
    return Message(role=Role.USER, parts=(Text(text=text),))


def model(text):
    return Message(role=Role.ASSISTANT, parts=(Text(text=text),))


def rows(*records):
    return [Row(time="2026-01-01T00:00:00Z", record=record, seq=seq) for seq, record in enumerate(records, start=1)]


def told(*records):
    def text(message):
        return "".join(part.text for part in message.parts)

    return [
        (text(one.prompt), [text(turn) for turn in one.turns], [[text(each) for each in some] for some in one.steering])
        for one in runs(rows(*records))
    ]


def test_each_run_has_its_prompt_its_turns_and_what_was_thrown_in():
    found = told(
        INIT, user("a"), model("1"), RESULT, user("b"), user("c"), model("2"), DONE, user("d"), model("3"), DONE
    )
    assert found == [("a", ["1", "2"], [["b", "c"], []]), ("d", ["3"], [[]])]


def test_a_run_that_was_cut_or_killed_ends_where_it_was():
    assert told(INIT, user("a"), model("1"), CUT, INIT, user("b"), model("2")) == [
        ("a", ["1"], [[]]),
        ("b", ["2"], [[]]),
    ]
    assert told(INIT, user("a"), model("1"), INIT, user("b"), model("2")) == [("a", ["1"], [[]]), ("b", ["2"], [[]])]


def test_what_had_no_answer_goes_along_with_what_was_said_next():
    assert told(INIT, user("a"), CUT, user("b"), model("1"), DONE, user("c"), CUT) == [("ab", ["1"], [[]])]
    assert told(INIT, model("1"), DONE) == [(GOES_ON, ["1"], [[]])]
    assert told(INIT, user("a"), DONE) == []


def test_an_image_that_is_not_part_of_the_record_is_named():
    asked = Message(role=Role.USER, parts=(Image(handle="h", media_type="image/png"),))
    (found,) = told(INIT, asked, model("1"))
    assert found[0] == "[image/png, not part of the record]"


def test_what_was_thrown_in_comes_behind_its_turn_and_keeps_the_run_going():
    (one,) = runs(rows(INIT, user("a"), model("1"), user("b"), model("2"), DONE))
    steering = Steering(one)
    assert steering.is_steering
    assert list(steering.steer()) == [user("b")]
    assert not steering.is_steering
    assert list(steering.steer()) == []


@given(st.lists(st.sampled_from([INIT, user("a"), model("1"), RESULT, DONE, Rewound(to=1)]), max_size=12))
def test_each_record_is_in_one_turn_and_each_turn_has_one_message_of_the_model(records):
    found = turns(rows(*records))
    assert [row.record for one in found for row in one] == records
    assert all(spoken(one) == 1 for one in found[:-1])
    assert sum(spoken(one) for one in found) == spoken(rows(*records))


def test_a_fork_stands_before_the_next_prompt_that_was_not_taken_back():
    records = (INIT, user("a"), model("1"), DONE, user("b"), model("2"), DONE, Rewound(to=4), user("c"), model("3"))
    one = Recorded(source="", session="s", workspace="/w", rows=tuple(rows(*records)))
    first, second = point(one, 0), point(one, 1)
    assert (first.border, first.prompt, first.end) == (1, user("a"), 8)
    assert (second.border, second.prompt, second.end) == (8, user("c"), 10)
    with pytest.raises(UsageError, match="has 2 prompts"):
        point(one, 2)
