"""The scripted servers are honest: the official client, pointed at them, reads every answer and every refusal."""

import openai
import pytest
from dialects import DIALECTS, DialectServer, Ending
from dialects.script import CALLS
from dialects.serving import KEY

TOOLS = [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object", "properties": {}}}}]
STREAMS = [Ending.DONE, Ending.LENGTH, Ending.CALLS, Ending.CACHED, Ending.KEPT_ALIVE, Ending.SLOW, Ending.REFUSAL]
CHAT = [name for name, dialect in DIALECTS.items() if dialect.api == "chat"]
REFUSALS = {
    Ending.RATE_SECONDS: openai.RateLimitError,
    Ending.RATE_DATE: openai.RateLimitError,
    Ending.RATE_BARE: openai.RateLimitError,
    Ending.DOWN: openai.InternalServerError,
    Ending.TOO_LONG: openai.BadRequestError,
    Ending.BAD_KEY: openai.AuthenticationError,
    Ending.CUT_BEFORE: openai.APIConnectionError,
}


@pytest.fixture
def client_of():
    made = []

    def connect(server):
        url, _, query = server.url.partition("?")
        headers = {"api-key": KEY} if server.dialect.key_header == "api-key" else {}
        made.append(
            openai.OpenAI(
                base_url=url,
                api_key=KEY,
                max_retries=0,
                default_headers=headers,
                default_query=dict(p.split("=") for p in query.split("&") if p),
            )
        )
        return made[-1]

    yield connect
    for client in made:
        client.close()


def read(client, dialect):
    """What the official client makes of an answer: text, calls, finish."""
    counted = {} if "stream_options" in dialect.refuses else {"stream_options": {"include_usage": True}}
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "go"}], tools=TOOLS, stream=True, **counted
    )
    text, calls, finish, usage = "", {}, None, None
    for chunk in stream:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            content = choice.delta.content
            text += content if isinstance(content, str) else ""
            for piece in choice.delta.tool_calls or ():
                key = (piece.index, piece.id) if dialect.calls != "fragments" else piece.index
                key = len(calls) if dialect.calls == "whole-no-id" else key
                calls[key] = calls.get(key, "") + (piece.function.arguments or "")
    return text, list(calls.values()), finish, usage


@pytest.mark.parametrize("name", CHAT)
def test_the_official_client_reads_every_stream_of_chat_completions(name, client_of):
    dialect = DIALECTS[name]
    with DialectServer(dialect, STREAMS) as server:
        client = client_of(server)
        got = {ending: read(client, dialect) for ending in STREAMS}
    assert server.faults == []
    assert got[Ending.DONE][0] == "Grüße aus dem\nSkript."
    assert got[Ending.KEPT_ALIVE] == got[Ending.SLOW] == got[Ending.DONE]
    assert got[Ending.CALLS][1] == [call.arguments for call in CALLS]
    assert got[Ending.LENGTH][2] == dialect.finish_length
    assert got[Ending.DONE][3].prompt_tokens == 1200


def test_the_official_client_reads_every_stream_of_responses(client_of):
    with DialectServer(DIALECTS["openai-responses"], [*STREAMS, Ending.FILTER]) as server:
        client = client_of(server)
        for ending in server.endings:
            with client.responses.stream(
                model="m",
                input=[{"role": "user", "content": "go"}],
                store=False,
                include=["reasoning.encrypted_content"],
            ) as stream:
                kinds = [event.type for event in stream]
                assert kinds[0] == "response.created"
                if ending in (Ending.LENGTH, Ending.FILTER):
                    assert kinds[-1] == "response.incomplete"
                    continue
                final = stream.get_final_response()
            calls = [item.arguments for item in final.output if item.type == "function_call"]
            assert calls == ([call.arguments for call in CALLS] if ending is Ending.CALLS else [])
            assert final.output_text == ("" if ending is Ending.REFUSAL else "Grüße aus dem\nSkript.")
            assert final.usage.input_tokens_details.cached_tokens == (1024 if ending is Ending.CACHED else 0)
            assert final.output[0].encrypted_content


@pytest.mark.parametrize("name", DIALECTS)
def test_the_official_client_takes_refusals_and_faults_for_what_they_are(name, client_of):
    dialect = DIALECTS[name]

    def ask(client):
        if dialect.api == "chat":
            return read(client, dialect)
        return list(client.responses.create(model="m", input=[{"role": "user", "content": "go"}], stream=True))

    with DialectServer(dialect, [*REFUSALS, Ending.FAULT_FIRST]) as server:
        client = client_of(server)
        for kind in REFUSALS.values():
            with pytest.raises(kind):
                ask(client)
        # The client passes by what is no event of a chat (`error:` lines) or an event of its own (Responses).
        if dialect.fault != "field" and dialect.api == "chat":
            with pytest.raises(openai.APIError):
                ask(client)
    assert server.faults == []


def test_a_request_that_an_endpoint_would_refuse_is_refused(client_of):
    with DialectServer(DIALECTS["mistral"], [Ending.DONE]) as server:
        client = client_of(server)
        with pytest.raises(openai.BadRequestError, match="stream_options"):
            client.chat.completions.create(
                model="m",
                messages=[{"role": "user", "content": "go"}],
                stream=True,
                stream_options={"include_usage": True},
            )
    with DialectServer(DIALECTS["openai-responses"], [Ending.DONE]) as server:
        client = client_of(server)
        with pytest.raises(openai.BadRequestError, match="No tool output found"):
            client.responses.create(
                model="m", input=[{"type": "function_call", "call_id": "a", "name": "b", "arguments": "{}"}]
            )
