"""A journal compared with itself never differs; any one result that is changed is found, and it alone is named."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard_replay.checking import checked
from pegboard_sdk import Message, Outcome, Role, Text, ToolCall, ToolResult, ToolUse
from pegboard_sdk.wire.replaying import Match, Order, Side

WORDS = st.text(alphabet="abcxyz \n/.:", max_size=40)
RESULTS = st.builds(
    ToolResult,
    call=st.just(""),
    tool=st.sampled_from(["glob", "bash", "read_file"]),
    outcome=st.sampled_from([Outcome.OK, Outcome.FAILED, Outcome.DENIED]),
    parts=st.lists(st.builds(Text, text=WORDS), max_size=2).map(tuple),
    note=WORDS,
    shown=WORDS,
    origin=WORDS,
    duration_ms=st.integers(0, 10**6),
)
CHANGES = {
    "outcome": lambda use, result: (use, replace(result, outcome=Outcome.UNKNOWN)),
    "content": lambda use, result: (use, replace(result, parts=(*result.parts, Text(text="changed")))),
    "decision": lambda use, result: (replace(use, decision="ask"), result),
    "effects": lambda use, result: (replace(use, effects=(*use.effects, "write changed")), result),
    "arguments": lambda use, result: (replace(use, arguments={"changed": 1}), result),
    "missing": lambda use, result: (use, None),
}


def told(results, *, inner=()):
    """The records of a turn that made a call for each result."""
    calls = [replace(result, call=str(number)) for number, result in enumerate(results)]
    parts = tuple(ToolCall(call=one.call, tool=one.tool, arguments="{}") for one in calls)
    uses = [
        ToolUse(
            call=one.call,
            tool=one.tool,
            arguments={},
            turn=1,
            plugin="p",
            decision="allow",
            effects=(f"read {one.call}",),
        )
        for one in calls
    ]
    nested = [
        record
        for number, one in enumerate(inner)
        for record in (
            ToolUse(call=f"n{number}", tool=one.tool, arguments={}, turn=1, parent="0"),
            replace(one, call=f"n{number}"),
        )
    ]
    return [Message(role=Role.ASSISTANT, parts=parts), *uses, *nested, *calls]


def verdict(was, now, match=Match.TOLERANT, folders=("/a/project", "/b/other")):
    one, other = (Side(records=tuple(records), folder=at) for records, at in zip((was, now), folders, strict=True))
    return checked(Order(turn=3, one=one, other=other, match=match))


@given(st.lists(RESULTS, max_size=4), st.lists(RESULTS, max_size=2), st.sampled_from(Match))
def test_a_turn_compared_with_itself_never_differs(results, inner, match):
    records = told(results, inner=inner if results else ())
    found = verdict(records, records, match)
    assert found.differences == ()
    assert found.compared == len(results) + (len(inner) if results else 0)


@given(st.lists(RESULTS, min_size=1, max_size=4), st.data(), st.sampled_from(sorted(CHANGES)), st.sampled_from(Match))
def test_any_one_change_is_found_and_named(results, data, what, match):
    at = data.draw(st.integers(0, len(results) - 1))
    records = told(results)
    use, result = records[1 + at], records[1 + len(results) + at]
    changed = dict(zip((id(use), id(result)), CHANGES[what](use, result), strict=True))
    now = [changed.get(id(record), record) for record in records]
    (found,) = verdict(records, [record for record in now if record is not None], match).differences
    assert (found.turn, found.call, found.tool, found.what) == (3, str(at + 1), results[at].tool, what)
    assert found.recorded != found.now


@given(st.lists(RESULTS, min_size=2, max_size=4, unique_by=lambda one: one.tool))
def test_results_that_come_in_another_order_are_the_same_but_to_the_byte(results):
    records = told(results)
    now = [*records[: -len(results)], *reversed(records[-len(results) :])]
    assert verdict(records, now).differences == ()
    (found,) = verdict(records, now, Match.STRICT).differences
    assert (found.what, found.call) == ("order", "")


def test_what_differs_from_run_to_run_is_tolerated_and_not_to_the_byte():
    was = "Ran 8 tests in 0.001s\nFile /a/project/x.py\npid 17 at 2026-11-22T20:12:03Z, 0x7f00aa11, /tmp/pytest-1/x"
    now = "Ran 8 tests in 1.5 s\nFile /b/other/x.py\npid 4711 at 2027-01-02 03:04:05, 0x7f00bb22, /tmp/pytest-9/y"
    records = [
        told([ToolResult(call="", tool="t", outcome=Outcome.OK, parts=(Text(text=text),))]) for text in (was, now)
    ]
    assert verdict(*records).differences == ()
    (found,) = verdict(*records, Match.STRICT).differences
    assert found.what == "content"
    assert "-Ran 8 tests in 0.001s" in found.diff


def test_what_only_looks_alike_is_a_difference():
    pairs = [
        ("Ran 8 tests in 1s", "Ran 9 tests in 1s"),
        ("line 22", "line 23"),
        ("/a/project2/x", "/b/other/x"),
        ("3", "4"),
        ("a\nb", "b\na"),
    ]
    for was, now in pairs:
        texts = [ToolResult(call="", tool="t", outcome=Outcome.OK, parts=(Text(text=text),)) for text in (was, now)]
        assert verdict(told(texts[:1]), told(texts[1:])).differences, (was, now)


def test_a_list_may_come_in_another_order_but_not_with_other_names():
    def listing(text):
        message, use, result = told([ToolResult(call="", tool="glob", outcome=Outcome.OK, parts=(Text(text=text),))])
        return [message, replace(use, effects=("list .",)), result]

    assert verdict(listing("a\nb"), listing("b\na")).differences == ()
    assert verdict(listing("a\nb"), listing("a\nc")).differences
    assert verdict(listing("a\nb"), listing("b\na"), Match.STRICT).differences


def test_a_change_in_the_middle_of_a_long_text_is_found_by_its_hash():
    result = ToolResult(call="", tool="t", outcome=Outcome.OK, parts=(Text(text="ends"),), handle="1" * 64)
    (found,) = verdict(told([result]), told([replace(result, handle="2" * 64)])).differences
    assert (found.what, found.recorded[-64:], found.now[-64:]) == ("content", "1" * 64, "2" * 64)


def test_calls_that_nobody_can_say_the_result_of_are_not_compared_and_counted_apart():
    lost = ToolResult(call="", tool="bash", outcome=Outcome.CANCELLED)
    found = verdict(told([lost]), told([replace(lost, outcome=Outcome.OK)]))
    assert (found.compared, found.differences) == (0, ())
    assert found.skipped == ("turn 3, call 1 (bash): recorded as cancelled",)


def test_a_call_that_a_tool_makes_in_its_turn_counts():
    inner = ToolResult(call="", tool="read_file", outcome=Outcome.OK, parts=(Text(text="was"),))
    outer = ToolResult(call="", tool="agent", outcome=Outcome.OK)
    changed = replace(inner, parts=(Text(text="is"),))
    (found,) = verdict(told([outer], inner=[inner]), told([outer], inner=[changed])).differences
    assert (found.call, found.tool) == ("1.1", "read_file")
    (more,) = verdict(told([outer]), told([outer], inner=[inner])).differences
    assert (more.what, more.call) == ("calls", "1.1")


def test_a_turn_that_was_not_played_is_missing():
    said = [Message(role=Role.ASSISTANT, parts=(Text(text="Done."),))]
    (found,) = verdict(said, []).differences
    assert (found.what, found.call) == ("missing", "")
    assert verdict(said, said).differences == ()
