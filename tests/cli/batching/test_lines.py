"""Prompts from lines, results as lines: what is wrong is named with its line, nothing is half read."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.batching.lines import MOST_BYTES, answers_of, prompts_of, result_of, schema_of
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.batching import Answered, Prompt
from pegboard_sdk.wire.modelling import Price
from pegboard_sdk.wire.records import Finish, Message, Reasoning, Role, Text, Usage

USAGE = Usage(input=1_000_000, output=500_000)


def said(*parts, finish=Finish.STOP):
    message = Message(role=Role.ASSISTANT, parts=parts, finish=finish)
    return Answered(at=2, id="b", message=message, usage=USAGE)


def test_a_line_is_an_object_or_a_text_and_empty_ones_do_not_count():
    assert prompts_of(b'{"prompt": "one", "id": "a"}\r\n\n  \n"two"\n{"prompt": "3", "system": "s"}') == (
        Prompt(text="one", id="a"), Prompt(text="two"), Prompt(text="3", system="s"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 prompts; a job has 1 to 50000"),
        (b'"one"\n{"prompt": 1}\n{', "line 2: .*line 3: "),
        (b'{"promt": "one"}', "line 1: .*promt"),
        (b'""', "line 1: the prompt is empty"),
        (b"plain words", 'A line is {"prompt"'),
        (b'"\xff"', "line 1: "),
        (b"[" * 100_000, "line 1: "),
        (b"{\n" * 9, "; and 4 more"),
        (b" " * (MOST_BYTES + 1), "make several of it"),
        (b'"x"\n' * 50_001, "50001 prompts"),
    ],
)
def test_what_is_wrong_is_named(data, words):
    with pytest.raises(InvalidParams, match=words):
        prompts_of(data)


@given(st.lists(st.tuples(st.text(min_size=1), st.text(), st.text()), min_size=1, max_size=8))
def test_whatever_is_written_as_json_is_read_as_it_was(asked):
    asked = [(text, system, name) for text, system, name in asked if text.strip()]
    data = b"\n".join(
        msgspec.json.encode({"prompt": text, "system": system, "id": name}) for text, system, name in asked
    )
    if asked:
        assert prompts_of(data) == tuple(Prompt(text=text, system=system, id=name) for text, system, name in asked)


@given(st.binary(max_size=300))
def test_any_bytes_are_prompts_or_a_clear_error(data):
    with suppress(InvalidParams):
        assert all(prompt.text.strip() for prompt in prompts_of(data))


def test_an_answer_has_its_text_alone_with_its_price():
    result = result_of(said(Reasoning(text="hm"), Text(text="a"), Text(text="b")), Price(input=1.0, output=2.0))
    assert (result.line, result.id, result.end, result.result, result.error) == (2, "b", "done", "ab", "")
    assert result.cost == 2.0
    assert result_of(said(), None).cost is None


@pytest.mark.parametrize(
    ("finish", "end"), [(Finish.LENGTH, "length"), (Finish.REFUSED, "refused"), (Finish.FILTERED, "filtered")]
)
def test_the_other_endings_have_their_own_words(finish, end):
    assert result_of(said(Text(text="a"), finish=finish), None).end == end


def test_an_error_is_an_ending():
    result = result_of(Answered(at=1, error="too long"), Price(input=1.0, output=1.0))
    assert (result.end, result.error, result.cost) == ("error", "too long", None)


def test_answers_are_read_however_the_stream_was_cut():
    data = b"".join(msgspec.json.encode(Answered(at=at, error="e")) + b"\n" for at in (1, 2, 3))
    assert [answer.at for answer in answers_of([data[:7], data[7:40], data[40:]])] == [1, 2, 3]


@pytest.mark.parametrize("data", [b"[1]", b"{", b"\xff", b""])
def test_a_schema_is_an_object(data):
    assert schema_of(b'{"type": "object"}') == {"type": "object"}
    with pytest.raises(InvalidParams, match="--json-schema"):
        schema_of(data)
