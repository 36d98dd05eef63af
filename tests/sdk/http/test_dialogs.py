"""Conversations held ready: what is kept, what is made anew, and which results may be said."""

import pytest

from pegboard_sdk import Conflict, InvalidParams, Message, Outcome, Role, Text, ToolCall, ToolResult
from pegboard_sdk.http import BlobMissing, Course, Dialogs
from pegboard_sdk.http.dialogs import MOST


class Lines:
    """A dialog that writes down what is said."""

    def __init__(self):
        self.course = Course()
        self.said = []

    def extend(self, entries, blobs):
        if "lost" in blobs:
            raise BlobMissing("lost")
        self.course.follow(entries, self.said.append, self.said.append)


def user(text):
    return Message(role=Role.USER, parts=(Text(text=text),))


def calling(*calls):
    return Message(role=Role.ASSISTANT, parts=tuple(ToolCall(call=call, tool="bash", arguments="{}") for call in calls))


def result(call):
    return ToolResult(call=call, tool="bash", outcome=Outcome.OK)


def test_a_dialog_grows_by_what_is_new_and_is_made_anew_when_the_conversation_went_another_way():
    dialogs, first, second, other = Dialogs(), user("a"), user("b"), user("c")
    grown = dialogs.grown("k", (first,), {}, Lines)
    assert dialogs.grown("k", (first, second), {}, Lines) is grown
    assert grown.said == [first, second]
    assert dialogs.grown("k", (first, other), {}, Lines).said == [first, other]
    assert dialogs.grown("k", (first,), {}, Lines).said == [first]
    assert dialogs.grown("another", (first,), {}, Lines).said == [first]


def test_so_many_are_held_and_those_that_were_asked_last():
    dialogs, first = Dialogs(), user("a")
    kept = dialogs.grown(0, (first,), {}, Lines)
    dropped = dialogs.grown(1, (first,), {}, Lines)
    for key in range(2, MOST + 1):
        assert dialogs.grown(0, (first,), {}, Lines) is kept
        dialogs.grown(key, (first,), {}, Lines)
    assert dialogs.grown(0, (first,), {}, Lines) is kept
    assert dialogs.grown(1, (first,), {}, Lines) is not dropped


def test_an_image_without_its_bytes_is_a_conflict_and_the_dialog_is_not_held():
    dialogs, first = Dialogs(), user("a")
    grown = dialogs.grown("k", (first,), {}, Lines)
    with pytest.raises(Conflict, match="lost"):
        dialogs.grown("k", (first, user("b")), {"lost": b""}, Lines)
    assert dialogs.grown("k", (first,), {}, Lines) is not grown


def test_each_call_has_one_result_before_anything_else_is_said():
    course, said = Course(), []
    course.follow((user("a"), calling("1", "2"), result("2")), said.append, said.append)
    assert (course.count, list(course.open), course.made) == (3, ["1"], {"1", "2"})
    for wrong, why in ((result("2"), "entry 3.*a second time"), (result("9"), "no such call was made")):
        with pytest.raises(InvalidParams, match=why):
            course.follow((wrong,), said.append, said.append)
    course.follow((user("b"),), said.append, said.append)
    with pytest.raises(InvalidParams, match="entry 4"):
        course.follow((result("1"),), said.append, said.append)
    assert said[-1] == course.last == user("b")
