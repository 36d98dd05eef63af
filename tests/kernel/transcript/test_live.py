import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.transcript import REQUEST, Transcript
from pegboard_sdk.wire.conversation import EMPTY, extended
from pegboard_sdk.wire.records import (
    Closed,
    Ending,
    Evicted,
    Init,
    Message,
    Outcome,
    Role,
    Text,
    ToolCall,
    ToolResult,
    ToolUse,
    Usage,
)


def user(text="do it", **more):
    return Message(role=Role.USER, parts=(Text(text=text),), **more)


def says(text="done", **more):
    return Message(role=Role.ASSISTANT, parts=(Text(text=text),), **more)


def calls(*names, **more):
    parts = tuple(ToolCall(call=name, tool="t", arguments="{}") for name in names)
    return Message(role=Role.ASSISTANT, parts=parts, **more)


def result(call, text="ok", **more):
    return ToolResult(call=call, tool="t", outcome=Outcome.OK, parts=(Text(text=text),), **more)


def used(call, **more):
    return ToolUse(call=call, tool="t", arguments={}, turn=1, **more)


def folded(*records):
    transcript = Transcript()
    for seq, record in enumerate(records, start=1):
        transcript.apply(record, seq)
    return transcript


def assert_valid(entries):
    """What every provider demands: each call has exactly one result, directly behind its message, and no other is."""
    pending = []
    for entry in entries:
        if isinstance(entry, ToolResult):
            assert entry.call in pending, "a result without a call before it"
            pending.remove(entry.call)
        else:
            assert not pending, "a message between a call and its result"
            pending = [part.call for part in entry.parts if isinstance(part, ToolCall)]
    assert not pending, "a call without a result"


def test_results_follow_their_message_in_the_order_of_its_calls():
    transcript = folded(user(), calls("a", "b"), used("a"), used("b"), result("b"), result("a"), says())
    entries = transcript.entries()
    assert [getattr(entry, "call", entry.__class__.__name__) for entry in entries] == [
        "Message", "Message", "a", "b", "Message",
    ]  # fmt: skip
    assert_valid(entries)


def test_what_the_user_says_meanwhile_comes_after_the_results():
    transcript = folded(user(), calls("a"), user("and quickly"), result("a"))
    assert transcript.entries()[2].call == "a"
    assert transcript.entries()[3].parts[0].text == "and quickly"


def test_a_message_with_an_unanswered_call_is_not_sent_yet():
    transcript = folded(user(), calls("a", "b"), result("a"))
    assert len(transcript.entries()) == 1
    transcript.apply(result("b"), 4)
    assert len(transcript.entries()) == 4


def test_late_and_double_results_are_not_delivered():
    transcript = folded(user(), calls("a"), result("a", "first"), result("a", "late"), says(), result("a", "later"))
    assert [entry.parts[0].text for entry in transcript.entries() if isinstance(entry, ToolResult)] == ["first"]
    assert transcript.ignored == 2


def test_results_of_calls_that_plugins_made_are_not_the_models():
    transcript = folded(user(), calls("a"), used("a"), used("a.1", parent="a"), result("a.1"), result("a"))
    assert [entry.call for entry in transcript.entries() if isinstance(entry, ToolResult)] == ["a"]


def test_providers_may_use_the_same_call_ids_in_every_turn():
    transcript = folded(user(), calls("0"), result("0", "x"), calls("0"), result("0", "y"), calls("0", "0"),
                        result("0", "p"), result("0", "q"))  # fmt: skip
    texts = [entry.parts[0].text for entry in transcript.entries() if isinstance(entry, ToolResult)]
    assert texts == ["x", "y", "p", "q"]


def test_a_crash_in_mid_tool_is_repaired_with_what_is_known():
    transcript = folded(
        user(),
        calls("answered", "running", "refused", "waiting"),
        used("answered"),
        used("running", effects=("exec",)),
        used("refused", decision="deny", reason="no writing in mode plan"),
        result("answered"),
    )
    running, refused, waiting = transcript.repairs()
    assert (running.call, running.outcome) == ("running", Outcome.UNKNOWN)
    assert (refused.call, refused.outcome) == ("refused", Outcome.DENIED)
    assert "no writing in mode plan" in refused.parts[0].text
    assert (waiting.call, waiting.outcome) == ("waiting", Outcome.CANCELLED)
    assert all("resume" in repair.note and repair.tool == "t" for repair in (running, refused, waiting))
    for seq, repair in enumerate((running, refused, waiting), start=7):
        transcript.apply(repair, seq)
    assert transcript.repairs() == ()
    assert_valid(transcript.entries())
    assert len(transcript.entries()) == 6


def test_the_base_grows_with_the_entries():
    transcript, expected = Transcript(), EMPTY
    assert transcript.base() == EMPTY
    for seq, record in enumerate([user(), calls("a"), result("a"), says()], start=1):
        transcript.apply(record, seq)
    half = transcript.base()
    for entry in transcript.entries():
        expected = extended(expected, entry)
    assert half == expected
    transcript.apply(user("more"), 5)
    assert transcript.since(half) == (user("more"),)
    assert transcript.base() == extended(half, user("more"))


def test_a_call_and_its_results_leave_together():
    transcript = folded(user("old"), calls("a", "b"), result("a"), result("b"), says(), user("new"), says())
    transcript.apply(Evicted(through=2), 8)
    assert transcript.entries() == [says(), user("new"), says()]
    assert transcript.generation == 1


def test_pinned_turns_stay_and_say_why():
    transcript = folded(
        Message(role=Role.SYSTEM, parts=()), user("first", pinned="the task"), calls("w", pinned="unverified write"),
        result("w"), says("a"), user("latest"), says("b"), says("c"),
    )  # fmt: skip
    transcript.apply(Evicted(through=100), 9)
    assert transcript.entries() == [
        Message(role=Role.SYSTEM, parts=()), user("first", pinned="the task"), calls("w", pinned="unverified write"),
        result("w"), user("latest"),
    ]  # fmt: skip
    assert transcript.pins() == ((1, "system"), (2, "the task"), (3, "unverified write"), (6, REQUEST))


def test_the_latest_request_stays_until_there_is_a_newer_one():
    transcript = folded(user("first"), says("a"), says("b"))
    transcript.apply(Evicted(through=3), 4)
    assert transcript.entries() == [user("first")]
    transcript.apply(user("second"), 5)
    transcript.apply(says("c"), 6)
    assert transcript.entries() == [user("first"), user("second"), says("c")]
    transcript.apply(Evicted(through=3), 7)
    assert transcript.entries() == [user("second"), says("c")]


def test_an_eviction_never_takes_an_unanswered_call():
    transcript = folded(user("old"), says(), user("new"), calls("a"))
    transcript.apply(Evicted(through=100), 5)
    transcript.apply(result("a"), 6)
    assert transcript.entries() == [user("new"), calls("a"), result("a")]


def test_tokens_are_the_providers_count_and_an_estimate_of_what_came_since():
    transcript = folded(user("x" * 700), says("y", usage=Usage(input=5000, output=10)))
    assert 5000 < transcript.tokens < 5030
    transcript.apply(user("z" * 3500), 3)
    assert 5990 < transcript.tokens < 6060


def test_the_ratio_is_learnt_from_the_difference_of_two_counts():
    transcript, total = folded(user("x" * 100)), 9000
    for turn in range(8):
        transcript.apply(calls("a", usage=Usage(input=total, output=5)), 2 + turn * 2)
        transcript.apply(result("a", "y" * 4000), 3 + turn * 2)
        total += 2000
    assert transcript.estimator.ratio == pytest.approx(2.03, abs=0.1)
    assert transcript.account.usage.input == sum(range(9000, 25000, 2000))


def test_an_estimated_usage_teaches_nothing():
    transcript = folded(user("x" * 700), says("y", usage=Usage(input=5000, output=10, estimated=True)))
    assert transcript.tokens < 300
    assert transcript.account.usage.estimated


def test_the_fold_knows_session_turn_and_end():
    transcript = folded(Init(session="s", workspace="/w", program="p"), user(turn=3), Closed(end=Ending.DONE, turns=3))
    assert (transcript.session, transcript.turn, transcript.end.end) == ("s", 3, Ending.DONE)
    transcript.apply(Init(session="s", workspace="/w", program="p", resumed=True), 4)
    assert transcript.end is None


NAMES = st.sampled_from(["a", "b", "c", "0"])
RECORDS = st.one_of(
    st.builds(user, st.text(max_size=30), pinned=st.sampled_from(["", "", "why"])),
    st.builds(says, st.text(max_size=30)),
    st.lists(NAMES, min_size=1, max_size=3).map(lambda names: calls(*names)),
    st.builds(used, NAMES, decision=st.sampled_from(["allow", "deny"])),
    st.builds(result, NAMES),
    st.builds(Evicted, through=st.integers(0, 40)),
)


@given(st.lists(RECORDS, max_size=40))
def test_any_journal_gives_what_a_provider_takes(records):
    transcript = folded(*records)
    assert_valid(transcript.entries())
    held = len(transcript.entries())
    seq = len(records)
    for seq, repair in enumerate(transcript.repairs(), start=len(records) + 1):
        transcript.apply(repair, seq)
    assert transcript.repairs() == ()
    assert_valid(transcript.entries())
    assert len(transcript.entries()) >= held
    latest = [record for record in records if isinstance(record, Message) and record.role is Role.USER][-1:]
    assert all(message in transcript.entries() for message in latest)
    assert transcript.base() == folded(*records, *folded(*records).repairs()).base()


@given(st.lists(RECORDS, max_size=40), st.data())
def test_asking_changes_nothing(records, data):
    quiet, asked = folded(*records), Transcript()
    for seq, record in enumerate(records, start=1):
        if data.draw(st.booleans()):
            asked.entries(), asked.base(), asked.tokens, asked.repairs(), asked.units()
        asked.apply(record, seq)
    assert list(asked.entries()) == list(quiet.entries())
    assert (asked.base(), asked.generation, asked.tokens) == (quiet.base(), quiet.generation, quiet.tokens)
