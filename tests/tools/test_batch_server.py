"""The scripted batch server is honest: the official client uploads, begins, lists, looks, stops and reads with it."""

import io
import json

import openai
import pytest
from batch_server import BatchServer, answered, refused


@pytest.fixture
def server():
    answer = lambda number, body: refused(number, "too long") if number == 2 else answered(number, body)  # noqa: E731
    with BatchServer(["validating", "in_progress", "finalizing", "completed"], answer=answer) as made:
        yield made


@pytest.fixture
def client(server):
    with openai.OpenAI(base_url=server.url, api_key="key-for-tests", max_retries=0) as made:
        yield made


def lines(*bodies):
    asked = [
        {"custom_id": str(at), "method": "POST", "url": "/v1/chat/completions", "body": body}
        for at, body in enumerate(bodies, 1)
    ]
    return io.BytesIO("\n".join(map(json.dumps, asked)).encode())


def begun(client, *bodies, **more):
    file = client.files.create(file=("prompts.jsonl", lines(*bodies)), purpose="batch")
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", **more
    )


BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}


def test_the_official_client_takes_a_job_through_all_its_states(client):
    job = begun(client, BODY, BODY, BODY, metadata={"pegboard_job": "x"})
    assert [one.metadata for one in client.batches.list(limit=1)] == [{"pegboard_job": "x"}]
    states = [client.batches.retrieve(job.id).status for _ in range(4)]
    assert states == ["validating", "in_progress", "finalizing", "completed"]
    job = client.batches.retrieve(job.id)
    assert (job.request_counts.completed, job.request_counts.failed) == (2, 1)
    assert job.usage.input_tokens == 200
    good = [json.loads(line) for line in client.files.content(job.output_file_id).text.splitlines()]
    bad = [json.loads(line) for line in client.files.content(job.error_file_id).text.splitlines()]
    assert [line["custom_id"] for line in good + bad] == ["1", "3", "2"]
    openai.types.chat.ChatCompletion.model_validate(good[0]["response"]["body"], strict=True)


def test_the_official_client_stops_a_job(client):
    job = begun(client, BODY)
    assert client.batches.cancel(job.id).status == "cancelling"


def test_what_is_wrong_with_lines_fails_the_job_and_is_named(client):
    job = begun(client, {**BODY, "stream": True}, {**BODY, "model": "none-such"})
    assert job.status == "failed"
    assert [(one.line, one.code) for one in job.errors.data] == [(1, "invalid_request"), (2, "model_not_found")]


def test_a_wrong_key_and_a_wrong_name_are_refused(server, client):
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_9")
    with (
        openai.OpenAI(base_url=server.url, api_key="wrong", max_retries=0) as other,
        pytest.raises(openai.AuthenticationError),
    ):
        other.batches.list()
