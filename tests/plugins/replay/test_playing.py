"""A recorded turn in pieces."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard_replay.playing import deltas, words
from pegboard_sdk import Delta, Message, Reasoning, Role, Text, ToolCall


@given(st.text())
def test_the_words_of_a_text_are_the_text(text):
    assert "".join(words(text)) == text


def test_each_part_has_its_stream():
    call = ToolCall(call="c", tool="bash", arguments='{"command": "ls -l"}')
    turn = Message(role=Role.ASSISTANT, parts=(Reasoning(text="hm"), Text(text="Let me see."), call))
    assert list(deltas(turn)) == [
        Delta(stream="reasoning", text="hm"),
        Delta(stream="text", text="Let"),
        Delta(stream="text", text=" me"),
        Delta(stream="text", text=" see."),
        Delta(stream="arguments", text='{"command": "ls -l"}', call="c"),
    ]
