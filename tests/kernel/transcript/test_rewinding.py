"""A rewound session is the one that was there before, whatever was said, called, evicted, compacted and rewound."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard.transcript import Transcript
from pegboard.transcript.compaction import HEADING
from pegboard_sdk.wire.records import (
    Compacted,
    Evicted,
    Message,
    Outcome,
    Rewound,
    Role,
    Text,
    Titled,
    ToolCall,
    ToolResult,
)


def said(role, text, *calls, pinned=""):
    parts = (Text(text=text), *(ToolCall(call=call, tool="t", arguments="{}") for call in calls))
    return Message(role=role, parts=parts, pinned=pinned)


def result(call):
    text = f"of {call} " * (1 if call.startswith("c") else 40)
    return ToolResult(call=call, tool="t", outcome=Outcome.OK, parts=(Text(text=text),))


def folded(records):
    transcript = Transcript()
    for seq, record in enumerate(records, start=1):
        transcript.apply(record, seq)
    return transcript


def calls_of(message):
    return [part.call for part in message.parts if isinstance(part, ToolCall)]


def shrunken(result):
    text = "".join(part.text for part in result.parts)
    handle = sha256(text.encode()).hexdigest()
    note = f"[{len(text)} bytes left out to save room; read_file path=output:{handle[:12]} shows them]"
    return replace(result, parts=(Text(text=note),), handle=handle) if len(text) > len(note) else result


class Naive:
    """The same fold over plain lists, with no thought of cost: rows of [number, message, {call: (number, result)}]."""

    def __init__(self, records):
        self.rows = []
        self.before = []
        self.evicted = []
        self.compacted = []
        self.undone = []
        for seq, record in enumerate(records, start=1):
            match record:
                case Message():
                    self.rows.append([seq, record, {}])
                case ToolResult():
                    row = next((row for row in self.rows if self.waits(row, record.call)), None)
                    if row is not None:
                        row[2][record.call] = (seq, record)
                case Rewound():
                    self.rewind(record.to)
                case Evicted():
                    self.evict(record.through)
                case Compacted() if record.undoes:
                    if self.counting and self.counting[-1][0] == record.undoes:
                        self.undo(seq)
                case Compacted():
                    self.compact(record, seq)

    @staticmethod
    def waits(row, call):
        return call in calls_of(row[1]) and call not in row[2]

    @staticmethod
    def whole(row):
        return len(row[2]) == len(calls_of(row[1]))

    def end(self, row):
        return max([row[0], *(seq for seq, _ in row[2].values())]) if self.whole(row) else float("inf")

    def rewind(self, to):
        while True:
            while any(row[0] <= to < self.end(row) for row in self.rows):
                to -= 1
            if not self.before or self.before[-1][0] <= to:
                break
            # As it was, but for what was evicted since; what came since goes anyway.
            seq, was = self.before.pop()
            later = self.rows
            self.compacted = [each for each in self.compacted if each[0] != seq]
            self.undone = [each for each in self.undone if each[0] != seq]
            self.rows = [row for row in was if not any(row is gone for gone in self.evicted)]
            self.rows += [row for row in later if row[0] > max([0, *(row[0] for row in was)])]
        self.rows = [row for row in self.rows if row[0] <= to]

    def undo(self, seq):
        """The last compaction that counts is taken back: what it changed is as it was, all else stays."""
        change = next(each for each in reversed(self.counting))
        changed = [row for row in change[1] if not any(row is other for other in change[2])]
        numbers = {row[0] for row in changed}
        self.before.append((seq, self.rows))
        kept = [row for row in self.rows if row[0] not in numbers]
        self.rows = sorted([*kept, *changed], key=lambda row: row[0])
        self.undone.append((seq, change))

    @property
    def counting(self):
        """Compactions that changed something and were not taken back."""
        return [each for each in self.compacted if not any(each is other for _, other in self.undone)]

    def compact(self, record, seq):
        sent, asked = self.sent(), [row for row in self.rows if row[1].role is Role.USER and len(row) == 3][-1:]
        after, gone = [], []
        for row in self.rows:
            stays = row not in sent or row[0] > record.through or row[0] in record.keep
            if stays or row[1].pinned or row[1].role is Role.SYSTEM or row in asked:
                after.append(row)
            elif row[0] in record.shrunk:
                small = {call: (at, shrunken(each)) for call, (at, each) in row[2].items()}
                after.append(row if small == row[2] else [row[0], row[1], small])
            else:
                gone.append(row)
        if gone and record.summary:
            after.append([gone[0][0], said(Role.USER, HEADING + record.summary), {}, "a summary"])
        self.before.append((seq, self.rows))
        was, self.rows = self.rows, sorted(after, key=lambda row: row[0])
        if [id(row) for row in was] != [id(row) for row in self.rows]:
            self.compacted.append((seq, was, self.rows))

    def evict(self, through):
        sent, rows = self.sent(), self.rows
        asked = [row for row in self.rows if row[1].role is Role.USER and len(row) == 3][-1:]
        self.rows = [
            row
            for row in self.rows
            if row not in sent or row[0] > through or row[1].pinned or row[1].role is Role.SYSTEM or row in asked
        ]
        self.evicted += [row for row in rows if not any(row is stays for stays in self.rows)]

    def sent(self):
        first = next((index for index, row in enumerate(self.rows) if not self.whole(row)), len(self.rows))
        return self.rows[:first]

    def entries(self):
        return [entry for row in self.sent() for entry in (row[1], *(row[2][call][1] for call in calls_of(row[1])))]


@st.composite
def journals(draw):
    records, waiting = [], []
    kinds = ["user", "pinned", "says", "one", "two", "answer", "last"]
    for count, step in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=25))):
        if step in {"user", "pinned"}:
            records.append(said(Role.USER, f"{count}", pinned="kept" if step == "pinned" else ""))
        elif step == "says":
            records.append(said(Role.ASSISTANT, f"{count}"))
        elif step in {"answer", "last"}:
            if waiting:
                records.append(result(waiting.pop(0 if step == "answer" else -1)))
        else:
            calls = [f"c{count}", f"d{count}"][: 1 if step == "one" else 2]
            waiting += calls
            records.append(said(Role.ASSISTANT, f"{count}", *calls))
        if draw(st.integers(0, 7)) == 0:
            records.append(Rewound(to=draw(st.integers(-1, len(records) + 3))))
        elif draw(st.integers(0, 11)) == 0 and not any(isinstance(each, Compacted) and each.undoes for each in records):
            # Who wrote such records knew nothing of compactions, less of taking them back.
            records.append(Evicted(through=draw(st.integers(0, len(records)))))
        elif draw(st.integers(0, 5)) == 0:
            some = st.lists(st.integers(0, len(records)), max_size=4).map(tuple)
            summary = draw(st.sampled_from(["", "what was", "before"]))
            through = draw(st.integers(0, len(records) + 1))
            records.append(Compacted(through=through, keep=draw(some), shrunk=draw(some), summary=summary))
        elif draw(st.integers(0, 3)) == 0:
            # Often the last one, which is the only one that can be taken back.
            last = [seq for seq, record in enumerate(records, start=1) if isinstance(record, Compacted)][-3:]
            records.append(Compacted(through=0, undoes=draw(st.sampled_from([*last, 99]))))
    return records


@given(journals())
def test_a_rewound_session_is_what_plain_lists_say(records):
    transcript, naive = folded(records), Naive(records)
    assert list(transcript.entries()) == naive.entries()
    live = [row for row in naive.rows if row in naive.sent()]
    assert transcript._size == sum(unit.size for unit in transcript._live())
    assert sorted(unit.seq for unit in transcript._live()) == [row[0] for row in live]
    users = [row[0] for row in naive.rows if row[1].role is Role.USER and len(row) == 3]
    assert (transcript._request.seq if transcript._request else None) == (users[-1] if users else None)


@given(journals(), st.integers(0, 30))
def test_what_stands_after_a_rewind_is_what_stood_at_its_border(records, to):
    records = [record for record in records if not isinstance(record, Rewound | Evicted | Compacted)]
    to = min(to, len(records))
    rewound = folded([*records, Rewound(to=to)])
    kept = [unit.seq for unit in rewound._live()]
    last = max((unit.last for unit in rewound._live()), default=0)
    assert last <= to
    assert list(rewound.entries()) == list(folded(records[:last]).entries())
    assert rewound.repairs() == ()
    parted = {call for record in records[:to] if isinstance(record, Message) for call in calls_of(record)}
    answered = {record.call for record in records[:to] if isinstance(record, ToolResult)}
    if parted <= answered:
        assert len(kept) == sum(isinstance(record, Message) for record in records[:to])


def test_a_rewind_takes_pinned_requests_too_and_is_another_conversation():
    records = [said(Role.USER, "a", pinned="p"), said(Role.ASSISTANT, "b"), said(Role.USER, "c", pinned="p")]
    transcript = folded(records)
    before = transcript.generation
    transcript.apply(Rewound(to=2), 4)
    assert list(transcript.entries()) == records[:2]
    assert transcript.generation == before + 1
    assert [reason for _, reason in transcript.pins()] == ["p"]
    transcript.apply(Rewound(to=2), 5)
    assert transcript.generation == before + 1, "nothing left, so a provider still holds it"


def test_a_late_result_of_a_call_that_was_rewound_is_not_delivered():
    transcript = folded([said(Role.USER, "a"), said(Role.ASSISTANT, "b", "x"), Rewound(to=2), result("x")])
    assert [entry.parts[0].text for entry in transcript.entries()] == ["a"]
    assert transcript.ignored == 1


def test_the_count_of_tokens_follows_a_rewind():
    records = [said(Role.USER, "x" * 3500), said(Role.ASSISTANT, "y" * 35000)]
    transcript = folded(records)
    whole = transcript.tokens
    transcript.apply(Rewound(to=1), 3)
    assert transcript.tokens < whole / 5


def test_the_last_title_counts():
    assert folded([Titled(title="one"), Titled(title="two"), Rewound(to=0)]).title == "two"
