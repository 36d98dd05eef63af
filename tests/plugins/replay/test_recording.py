"""Which recorded turn a conversation has come to."""

import pytest

from pegboard_replay.recording import Recording, recording_from
from pegboard_sdk import InvalidParams, Message, NotFound, Outcome, Role, Text, ToolCall, ToolResult, Unsupported

USER = Message(role=Role.USER, parts=(Text(text="go"),))


def turn(*tools, text="so"):
    calls = tuple(ToolCall(call=f"{tool}-{text}", tool=tool, arguments="{}") for tool in tools)
    return Message(role=Role.ASSISTANT, parts=(Text(text=text), *calls))


def results(message, outcome=Outcome.OK):
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    return [ToolResult(call=call.call, tool=call.tool, outcome=outcome) for call in calls]


FIRST, SECOND, LAST = turn("glob", "bash", text="one"), turn("bash", text="two"), turn(text="end")
RECORDING = Recording([FIRST, SECOND, LAST])


def test_the_conversation_alone_says_which_turn_comes_next():
    entries = [USER]
    for expected in (FIRST, SECOND, LAST):
        assert RECORDING.next_after(entries) is expected
        assert RECORDING.next_after(entries) is expected
        entries += [expected, *results(expected, Outcome.DENIED)]


def test_a_conversation_may_go_on_after_more_was_said_by_the_user():
    assert RECORDING.next_after([USER, FIRST, *results(FIRST), USER, USER]) is SECOND


def test_the_end_of_the_recording_is_told():
    with pytest.raises(Unsupported, match="3 turns, and all"):
        RECORDING.next_after([USER, FIRST, *results(FIRST), SECOND, *results(SECOND), LAST, USER])


def test_no_recording_at_all_names_the_setting():
    with pytest.raises(NotFound, match="`turns`"):
        Recording([]).next_after([USER])


def test_a_conversation_that_is_another_is_refused_with_the_turn():
    with pytest.raises(InvalidParams, match="turn 1 calls bash, the recording glob, bash"):
        RECORDING.next_after([USER, SECOND, *results(SECOND)])


@pytest.mark.parametrize(
    "entries",
    [
        [USER, FIRST, results(FIRST)[0]],
        [USER, FIRST, results(FIRST)[0], USER],
        [USER, FIRST, *results(FIRST), results(FIRST)[0]],
        [USER, results(FIRST)[0]],
    ],
)
def test_calls_without_their_one_result_are_refused(entries):
    with pytest.raises(InvalidParams, match=r"call (bash|glob)-one"):
        RECORDING.next_after(entries)


def test_settings_hold_messages_as_a_journal_does_and_only_the_assistants_count():
    said = {"type": "message", "role": "assistant", "parts": [{"kind": "text", "text": "hi"}]}
    asked = {"type": "message", "role": "user", "parts": [{"kind": "text", "text": "hello"}], "later": 1}
    assert len(recording_from({"turns": [asked, said]})) == 1
    assert len(recording_from({})) == 0
    with pytest.raises(InvalidParams, match=r"turns.*\[1\]"):
        recording_from({"turns": [said, {"type": "message", "role": "nobody", "parts": []}]})
