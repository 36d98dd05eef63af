"""Journals as anything could have written them, for what exports and repairs must take."""

from hypothesis import strategies as st

from pegboard_sdk.wire.records import (
    Evicted,
    File,
    Image,
    Message,
    Outcome,
    Reasoning,
    Rewound,
    Role,
    Text,
    ToolCall,
    ToolResult,
)

TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["", "  \n", "</script><b>", "```\n````", "\x1b[2J", "é漢"]))
NAMES = st.one_of(st.sampled_from(["bash", "read_file"]), st.text(min_size=1, max_size=6))
ARGUMENTS = st.one_of(st.sampled_from(['{"a": 1}', "{}", "[1]", "", "{broken", "null"]), st.text(max_size=8))
MEDIA = st.one_of(
    st.builds(Image, handle=st.sampled_from(["a" * 64, "b"]), media_type=st.sampled_from(["image/png", "x/y"])),
    st.builds(File, handle=st.just("a" * 64), name=TEXTS),
)


@st.composite
def conversations(draw):
    """Records behind the first: calls under ids that repeat, answered late, twice, in any order or never."""
    records = []
    waiting = []
    for step in draw(st.lists(st.sampled_from(["user", "says", "calls", "calls", "answer", "answer", "odd"]))):
        texts = [Text(text=text) for text in draw(st.lists(TEXTS, max_size=2))]
        match step:
            case "user":
                media = draw(st.lists(MEDIA, max_size=1))
                records.append(Message(role=Role.USER, parts=(*texts, *media)))
            case "says":
                records.append(Message(role=Role.ASSISTANT, parts=(Reasoning(text="hm"), *texts)))
            case "calls":
                ids = draw(st.lists(st.sampled_from(["0", "1", "call/é", "x"]), min_size=1, max_size=3))
                calls = [ToolCall(call=each, tool=draw(NAMES), arguments=draw(ARGUMENTS)) for each in ids]
                waiting += ids
                records.append(Message(role=Role.ASSISTANT, parts=(*texts, *calls)))
            case "answer" if waiting:
                call = waiting.pop(draw(st.integers(0, len(waiting) - 1)))
                parts = (*texts, *draw(st.lists(MEDIA, max_size=1)))
                outcome = draw(st.sampled_from(Outcome))
                records.append(ToolResult(call=call, tool="t", outcome=outcome, parts=parts))
            case "odd":
                number = draw(st.integers(0, len(records) + 1))
                odd = [Rewound(to=number), Evicted(through=number), Message(role=Role.SYSTEM, parts=tuple(texts))]
                records.append(draw(st.sampled_from(odd)))
    return records
