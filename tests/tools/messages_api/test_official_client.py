"""The official client takes what the scripted server says, so the server speaks as the real one does."""

from contextlib import contextmanager

import anthropic
import httpx2
import pytest

from messages_api.models import model_info
from messages_api.server import MessagesServer
from messages_api.turn import Call, Turn, fault, signature_of

ASK = {"model": "claude-scripted", "max_tokens": 100, "messages": [{"role": "user", "content": "go"}]}
TOOL = {"name": "bash", "description": "Runs.", "input_schema": {"type": "object", "properties": {}}}
THOUGHT = Turn(
    thinking="Let me see.", redacted="b3BhcXVl", text="I look.",
    calls=[Call("bash", {"command": "ls -l"}), Call("bash", {"command": "pwd"})],
)  # fmt: skip


@contextmanager
def playing(*turns, **more):
    """A server that plays turns, and a client of it that tries nothing again."""
    web = httpx2.Client(trust_env=False)
    with MessagesServer(turns, **more) as server, web:
        yield server, anthropic.Anthropic(api_key="sk-x", base_url=server.url, max_retries=0, http_client=web)


def streamed(*turns, **more):
    """The kinds of the events of an answer, and the message that they make."""
    with playing(*turns) as (_, client), client.messages.stream(**ASK, **more) as stream:
        return {event.type for event in stream}, stream.get_final_message()


def test_a_streamed_answer_is_put_together_with_all_its_blocks():
    kinds, message = streamed(THOUGHT, tools=[TOOL])
    assert [block.type for block in message.content] == [
        "thinking", "redacted_thinking", "text", "tool_use", "tool_use",
    ]  # fmt: skip
    assert message.content[0].signature == signature_of("Let me see.")
    assert [block.input for block in message.content[3:]] == [{"command": "ls -l"}, {"command": "pwd"}]
    assert message.stop_reason == "tool_use"
    assert message.usage.output_tokens > 1
    assert kinds >= {
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_stop",
    }


def test_the_same_answer_comes_as_a_document():
    with playing(THOUGHT) as (_, client):
        message = client.messages.create(**ASK, tools=[TOOL])
    assert message.content[0].type == "thinking"
    assert message.content[3].input == {"command": "ls -l"}


@pytest.mark.parametrize("reason", ["end_turn", "max_tokens", "stop_sequence", "refusal", "pause_turn"])
def test_every_stop_reason_arrives(reason):
    details = {"type": "refusal", "category": "cyber", "explanation": "No."} if reason == "refusal" else None
    _, message = streamed(Turn(text="a", stop=reason, details=details))
    assert message.stop_reason == reason


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (429, "rate_limit_error", anthropic.RateLimitError),
        (529, "overloaded_error", anthropic.APIStatusError),
        (500, "api_error", anthropic.InternalServerError),
        (401, "authentication_error", anthropic.AuthenticationError),
        (413, "request_too_large", anthropic.APIStatusError),
    ],
)
def test_every_refusal_is_the_client_s_error(status, kind, error):
    with playing(Turn(status=status, error=fault(kind, "no"))) as (_, client), pytest.raises(error) as caught:
        client.messages.create(**ASK)
    assert caught.value.body["error"]["type"] == kind


def test_an_error_in_mid_stream_is_the_client_s_error():
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        streamed(Turn(text="a" * 100, fails_after=4))


@pytest.mark.parametrize("turn", [Turn(text="a" * 100, cut_after=4), Turn(text="a" * 100, garbles_after=4)])
def test_what_is_broken_is_refused_by_the_client_too(turn):
    with pytest.raises((httpx2.HTTPError, ValueError, anthropic.APIError)):
        streamed(turn)


def test_a_turn_with_results_goes_back_and_is_read_from_the_cache():
    with playing(THOUGHT, Turn(text="Done.")) as (server, client):
        system = [{"type": "text", "text": "x" * 8000, "cache_control": {"type": "ephemeral"}}]
        first = client.messages.create(**ASK, tools=[TOOL], system=system)
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": "ok"}
            for block in first.content
            if block.type == "tool_use"
        ]
        said = [*ASK["messages"], {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
        second = client.messages.create(**{**ASK, "messages": said}, tools=[TOOL], system=system)
    assert first.usage.cache_creation_input_tokens == second.usage.cache_read_input_tokens > 1024
    assert server.asked[1].faults == []


def test_models_are_listed_page_by_page():
    with playing(models=[model_info(f"m{at}") for at in range(5)], page=2) as (_, client):
        assert [model.id for model in client.models.list()] == ["m0", "m1", "m2", "m3", "m4"]
        assert client.models.retrieve("m3").max_input_tokens == 200_000
