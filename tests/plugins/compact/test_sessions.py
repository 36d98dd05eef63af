"""Whatever happened in a session, what is left of it after compactions is valid for both APIs, keeps what must stay,
and fits; and again after another one, after a rewind, and after it was taken back."""

import itertools
import json
import random

from chat_rules import message_faults
from dialects.catalogue import DIALECTS
from dialects.rules import request_faults
from hypothesis import given, settings
from hypothesis import strategies as st
from long_sessions import REQUEST, Session, Stage, cheap
from messages_api.rules import faults

from pegboard.transcript.compaction import HEADING
from pegboard_anthropic.dialog import Dialog as Blocks
from pegboard_compact.settings import Level, Settings
from pegboard_openai.chat.form import ChatForm
from pegboard_openai.dialog import Dialog
from pegboard_openai.responses.form import ItemForm
from pegboard_sdk.wire.records import File, Image, Message, Rewound, Role, Text, ToolCall, ToolResult

RESPONSES = DIALECTS["openai-responses"]
GO_ON = Message(role=Role.USER, parts=(Text(text="go on"),))
PNG = b"\x89PNG not really"


@st.composite
def sessions(draw):
    """The records of a session: tool-heavy, with parallel calls, errors, steering, images, interrupted calls."""
    made = Session(draw(st.randoms(use_true_random=False)), widest=draw(st.sampled_from([300, 3000])))
    made.user("please do it")
    for number in range(draw(st.integers(1, 60))):
        kind = draw(st.sampled_from(["turn"] * 8 + ["plant", "plant", "steer", "interrupt"]))
        if kind == "plant":
            made.plant(number)
        elif kind == "steer":
            made.user(f"no, rather the {made.prose(4)}")
        else:
            made.turn(interrupted=kind == "interrupt")
    return made.records


SETTINGS = st.builds(
    Settings,
    level=st.sampled_from(Level),
    summary_tokens=st.sampled_from([100, 400]),
    target=st.sampled_from([0.1, 0.5]),
    model=st.booleans(),
)


def require_valid(entries):
    """Both APIs, in all three forms, take what is left."""
    handles = {p.handle for entry in entries for p in entry.parts if isinstance(p, Image | File)}
    blobs = dict.fromkeys(handles, PNG)
    chat, items, blocks = Dialog(ChatForm()), Dialog(ItemForm()), Blocks()
    for dialog in (chat, items, blocks):
        dialog.extend([*entries, GO_ON], blobs)
    assert message_faults(json.loads(b"[" + b"".join(chat.pieces()) + b"]")) == []
    said = json.loads(b"[" + b"".join(items.pieces()) + b"]")
    assert request_faults(RESPONSES, {"model": "m", "stream": True, "store": False, "input": said}) == []
    messages = json.loads(b'{"messages":[' + blocks.json(b"") + b"]}")["messages"]
    assert faults({"model": "m", "max_tokens": 9, "messages": messages}) == []


def require_whole(stage, entries):
    """Each call has its one result directly behind, and the last request stands as it was said."""
    calls = [part.call for entry in entries for part in entry.parts if isinstance(part, ToolCall)]
    assert sorted(calls) == sorted(entry.call for entry in entries if isinstance(entry, ToolResult))
    at = itertools.count()
    for entry in entries:
        if isinstance(entry, ToolResult):
            assert entry.call == calls[next(at)]
    assert stage.transcript.requests()[-1].message in entries


def words_of(entry):
    return [part.text for part in entry.parts if isinstance(part, Text) and not part.origin]


def require_requests(records, entries):
    """What a person said stays word for word; files and images beside it may be handles."""
    said = [entry for entry in entries if isinstance(entry, Message) and entry.role is Role.USER and entry.pinned]
    asked = [record for record in records if isinstance(record, Message) and record.pinned == REQUEST]
    assert [words_of(entry)[0] for entry in said] == [words_of(record)[0] for record in asked]


def shortened(stage, share):
    """The budget, and whether the conversation is within it now; nothing else may be the case."""
    before, generation = stage.tokens, stage.transcript.generation
    budget = int(share * before)
    why = stage.shorten(budget)
    assert bool(why) == (stage.transcript.generation == generation), why
    assert why or stage.tokens <= budget * 1.02 + 20
    return not why


@given(sessions(), SETTINGS, st.floats(0.3, 0.95), st.floats(0.3, 0.95), st.data())
@settings(max_examples=30, deadline=None)
def test_what_is_left_of_a_session_is_valid_whole_and_fits(records, chosen, first, second, data):
    stage = Stage(records, context=data.draw(st.sampled_from([0, 20_000])), settings=chosen, model=cheap)
    stage.repair()
    whole = list(stage.transcript.entries())
    require_valid(whole)
    for share in (first, second):
        shortened(stage, share)
        entries = stage.transcript.entries()
        require_valid(entries)
        require_whole(stage, entries)
        require_requests(records, entries)
        require_read_back(stage, whole, entries)
    counted = stage.transcript.compaction
    if data.draw(st.booleans()):
        while stage.transcript.compaction:
            stage.undo()
            require_valid(stage.transcript.entries())
        assert list(stage.transcript.entries()) == whole
    stage.record(Rewound(to=data.draw(st.integers(0, counted or stage.seq))))
    require_valid(stage.transcript.entries())
    if (entries := stage.transcript.entries()) and stage.transcript.requests():
        require_whole(stage, entries)


def require_read_back(stage, whole, entries):
    """What is not there any more stands word for word below a handle that is there, or below one of those."""
    text = "\n".join(part.text for entry in entries for part in entry.parts if isinstance(part, Text))
    reached, waiting = text, {handle for handle in stage.blobs if handle[:12] in text}
    seen = set()
    while waiting - seen:
        seen.add(handle := (waiting - seen).pop())
        more = stage.blobs[handle].decode()
        reached += more
        waiting |= {other for other in stage.blobs if other[:12] in more}
    for entry in whole:
        for part in entry.parts:
            assert not isinstance(part, Text) or part.text in reached


@given(sessions(), st.sampled_from([0.5, 0.8]))
@settings(max_examples=15, deadline=None)
def test_a_conversation_that_can_fit_does(records, share):
    """It fails only where what cannot leave is too much: what people said, and the newest turns without results."""
    stage = Stage(records)
    stage.repair()
    budget = int(share * stage.tokens)
    units = stage.transcript.units()
    wanted = sum(unit.size for unit in units if unit.message.pinned)
    stays = wanted + sum(unit.size for unit in units[-2:]) + 3000 * 3.5 + 1500 * 3.5
    if not shortened(stage, share):
        assert stage.transcript.estimator.estimate(round(stays)) > budget or stage.tokens - budget < 1400


def test_without_a_model_the_summary_is_a_list_and_says_how_all_is_read_back():
    made = Session(random.Random(4))
    for number in range(200):
        made.turn()
        if number % 10 == 0:
            made.plant(number)
    stage = Stage(made.records, settings=Settings(level=Level.MEDIUM))
    assert stage.shorten(int(0.2 * stage.tokens)) == ""
    summaries = [e for e in stage.transcript.entries() if words_of(e) and words_of(e)[0].startswith(HEADING)]
    assert len(summaries) == 1
    handle = summaries[0].parts[0].text.rpartition("path=output:")[2][:12]
    (blob,) = [data for name, data in stage.blobs.items() if name.startswith(handle)]
    assert b"## assistant" in blob
