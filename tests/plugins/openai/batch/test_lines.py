"""Prompts as lines, and answers back in the order of their prompts, whatever the provider's files hold."""

import json

import pytest
from batch_server import answered, refused, unmade
from hypothesis import given
from hypothesis import strategies as st

from pegboard_openai.batch.lines import UNSAID, read, written
from pegboard_openai.profile import Api
from pegboard_openai.profiles import named
from pegboard_sdk import InvalidParams, Planned, Prompt, SubmitJob, Text, Usage

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
ITEMS = {"model": "m", "input": [{"content": [{"text": "hi"}]}]}


def asked(*prompts, model="gpt-4o", **more):
    plan = Planned(call="1", model=model, provider="openai")
    return SubmitJob(job="j", model=model, prompts=prompts, planned=plan, **more)


def lines_of(*prompts, **more):
    made = written(asked(*prompts, **more), named("openai"))
    return made, [json.loads(line) for line in made.data.splitlines()]


def file_of(*lines):
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()


def told(*files, prompts=1, api=Api.CHAT, **more):
    return read(files, [f"id-{at}" for at in range(1, prompts + 1)], model="m", api=api, **more)


def text(answer):
    return "".join(part.text for part in answer.message.parts if isinstance(part, Text))


def test_each_prompt_is_a_request_of_its_own_and_none_is_streamed():
    made, lines = lines_of(Prompt(text="one", system="Be brief."), Prompt(text="two\nlines"), params={"max_tokens": 7})
    assert made.endpoint == "/v1/chat/completions"
    assert [line["custom_id"] for line in lines] == ["1", "2"]
    assert lines[0] == {
        "method": "POST",
        "url": "/v1/chat/completions",
        "custom_id": "1",
        "body": {
            "model": "gpt-4o",
            "max_completion_tokens": 7,
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "one"}],
        },
    }


def test_a_reasoner_is_asked_by_responses_and_keeps_nothing_there():
    made, (line,) = lines_of(
        Prompt(text="one"), model="gpt-5-mini", effort="low", params={"json_schema": {"type": "object"}}
    )
    assert made.endpoint == line["url"] == "/v1/responses"
    assert set(line["body"]) == {"model", "store", "reasoning", "text", "input"}
    assert line["body"]["store"] is False
    assert line["body"]["reasoning"]["effort"] == "low"


def test_parameters_that_cannot_be_used_are_refused_before_anything_is_sent():
    with pytest.raises(InvalidParams, match="`stream` is set by the openai plugin itself"):
        lines_of(Prompt(text="one"), params={"stream": True})


@pytest.mark.parametrize(("api", "body"), [(Api.CHAT, CHAT), (Api.RESPONSES, ITEMS)])
def test_answers_come_in_the_order_of_their_prompts(api, body):
    files = file_of(answered(3, body), answered(1, body)), file_of(refused(2, "too long"))
    found = told(*files, prompts=3, api=api)
    assert [answer.at for answer in found.answers] == [1, 2, 3]
    assert [answer.id for answer in found.answers] == ["id-1", "id-2", "id-3"]
    assert text(found.answers[0]) == "re: hi"
    assert found.answers[1].error == "answered 400: too long (invalid_request_error)"
    assert found.usage.input == 200


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (unmade(1, "batch_expired", "This request could not be executed."), "could not be executed. (batch_expired)"),
        (refused(1, "Slow down", code="rate_limit", status=429), "answered 429: Slow down (rate_limit)"),
        ({"custom_id": "1"}, "neither an answer nor an error"),
        ({"custom_id": "1", "response": {"status_code": 200, "body": {}}}, "without content"),
        ({"custom_id": "1", "response": {"status_code": 200, "body": [1]}}, "1"),
        ({"custom_id": "1", "response": {"status_code": 200, "body": {"choices": 7}}}, "no answer of a model"),
        ({"custom_id": "1", "response": {"status_code": 200, "body": {"error": {"message": "oh"}}}}, "oh"),
        ({"custom_id": "1", "response": {"status_code": 500, "body": "<html>"}}, "answered 500"),
    ],
)
def test_each_error_is_named(line, words):
    found = told(file_of(line))
    (answer,) = found.answers
    assert answer.message is None
    assert words in answer.error
    assert found.usage == Usage()


@pytest.mark.parametrize(
    "line",
    ["{", '"text"', "[]", '{"custom_id": 1}', '{"custom_id": "x"}', '{"custom_id": "0"}', '{"custom_id": "9"}', "\xff"],
)
def test_a_line_that_is_none_costs_no_other(line):
    found = told(file_of(line, answered(1, CHAT)))
    assert text(found.answers[0]) == "re: hi"
    assert found.unreadable == 1


def test_the_first_of_two_answers_counts_and_a_missing_one_is_said():
    found = told(file_of(answered(1, CHAT), refused(1, "again")), prompts=2, otherwise="the job is expired")
    assert text(found.answers[0]) == "re: hi"
    assert found.answers[1].error == "the job is expired"
    assert told().answers[0].error == UNSAID


@given(st.lists(st.integers(1, 6), unique=True), st.binary(max_size=40), st.randoms(use_true_random=False))
def test_every_prompt_has_exactly_one_answer_whatever_the_files_hold(present, noise, random):
    lines = [json.dumps(answered(at, CHAT)).encode() for at in present] + [noise]
    random.shuffle(lines)
    found = told(b"\n".join(lines), prompts=6)
    assert [answer.at for answer in found.answers] == [1, 2, 3, 4, 5, 6]
    assert {answer.at for answer in found.answers if answer.message is not None} == set(present)
    assert found.usage.input == 100 * len(present)
