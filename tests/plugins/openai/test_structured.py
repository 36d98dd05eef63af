"""Answers that have to fit a schema, from endpoints that see to that and from those that do not."""

import pytest
from scripted_server import ScriptedServer, Turn

from pegboard_openai import assembled
from pegboard_openai.structured import bare, schema_faults
from pegboard_sdk import Delta, Finish, Message, ModelReply, Role, Setup, StreamModel, Text, Upstream
from pegboard_sdk.testing import connected

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "additionalProperties": False}
USER = Message(role=Role.USER, parts=(Text(text="go"),))
USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@pytest.fixture
def ask():
    """Asks a server with these turns for an answer that fits; the call, and the server."""

    def asked(*turns, profile="generic"):
        with ScriptedServer(turns) as server:
            place = server.url.split("/")[2]
            setup = Setup(settings={"base_url": server.url, "profiles": {place: profile}})
            with connected(assembled(), setup) as board:
                request = StreamModel(
                    model="m", conversation="c", append=(USER,), system="Be brief.", params={"json_schema": SCHEMA}
                )
                call = board.stream_model(request)
                try:
                    return call.result(ModelReply), call, server
                except Upstream as error:
                    return error, call, server

    return asked


def shown(call):
    return "".join(delta.text for delta in call.items(Delta) if delta.stream == "text")


def test_an_answer_that_does_not_fit_is_given_to_who_asked_and_asked_for_once(ask):
    reply, call, server = ask(Turn(text='{"x": "1"}', usage=USAGE))
    assert reply.message.parts == (Text(text='{"x": "1"}'),)
    assert shown(call) == '{"x": "1"}'
    assert len(server.bodies) == 1


def test_an_endpoint_without_schemas_is_told_in_words_and_a_fence_is_taken_off(ask):
    reply, _, server = ask(Turn(text='```json\n{"x": 2}\n```'), profile="deepseek")
    assert reply.message.parts == (Text(text='{"x": 2}'),)
    assert server.bodies[0]["response_format"] == {"type": "json_object"}
    assert "JSON Schema" in server.bodies[0]["messages"][0]["content"]


def test_a_server_that_refuses_schemas_is_told_in_words_from_then_on(ask):
    refusal = Turn(status=400, error={"error": {"message": "response_format is not supported"}})
    reply, _, server = ask(refusal, Turn(text='{"x": 3}'))
    assert reply.message.parts == (Text(text='{"x": 3}'),)
    assert ["response_format" in body for body in server.bodies] == [True, False]
    assert "JSON Schema" in server.bodies[1]["messages"][0]["content"]


def test_an_endpoint_that_sees_to_it_streams(ask):
    reply, call, server = ask(Turn(text='{"x": 4}', chunk=2), profile="xai")
    assert len(call.items(Delta)) > 1
    assert server.bodies[0]["response_format"]["json_schema"]["strict"] is True
    assert reply.message.finish is Finish.STOP


def test_an_answer_that_ended_early_is_shown_as_it_is(ask):
    reply, call, server = ask(Turn(text='{"x"', finish="length"))
    assert reply.message.finish is Finish.LENGTH
    assert shown(call) == '{"x"'
    assert len(server.bodies) == 1


def test_faults_are_few_and_short_and_a_broken_schema_is_named():
    wide = {"type": "array", "items": {"type": "integer"}}
    assert len(schema_faults(wide, '["a", "b", "c", "d", "e", "f", "g"]')) == 5
    assert "schema itself" in schema_faults({"type": "nonsense"}, "{}")[0]
    assert bare("```\n1\n```") == "1"
    assert bare(" 2 ") == "2"
