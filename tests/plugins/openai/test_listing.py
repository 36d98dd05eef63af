"""The models of servers, with contexts from wherever each program tells them, and local ones looked for on loopback."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pegboard_openai import assembled
from pegboard_openai.nearby import candidates
from pegboard_sdk import InvalidParams, ModelInfo, Setup, Upstream
from pegboard_sdk.testing import connected

LISTS = {
    "openai": ({"/v1/models": {"data": [{"id": "gpt-5-mini"}, {"id": "tts-1"}]}}, {"gpt-5-mini": 400_000, "tts-1": 0}),
    "openrouter": ({"/v1/models": {"data": [{"id": "a/b", "context_length": 9}]}}, {"a/b": 9}),
    "mistral": ({"/v1/models": {"data": [{"id": "m", "max_context_length": 8}]}}, {"m": 8}),
    "gemini": ({"/v1/models": {"data": [{"id": "models/gemini-9"}]}}, {"gemini-9": 1_048_576}),
    "vllm": ({"/v1/models": {"data": [{"id": "m", "max_model_len": 7}]}}, {"m": 7}),
    "llamacpp": (
        {
            "/v1/models": {"data": [{"id": "m", "meta": {"n_ctx_train": 99}}]},
            "/props": {"default_generation_settings": {"n_ctx": 5}},
        },
        {"m": 5},
    ),
    "lmstudio": (
        {"/api/v0/models": {"data": [{"id": "m", "max_context_length": 90, "loaded_context_length": 4}]}},
        {"m": 4},
    ),
    "ollama": (
        {
            "/v1/models": {"data": [{"id": "q:8b"}, {"id": "odd"}]},
            "/api/show": {"model_info": {"qwen3.context_length": 3}, "parameters": "stop x\nnum_ctx 2"},
        },
        {"q:8b": 2, "odd": 2},
    ),
}


@contextmanager
def serving(pages):
    """A server that has these pages and notes who asked for what."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Say nothing."""

        def do_GET(self):
            seen.append((self.path, self.headers.get("Authorization")))
            data = json.dumps(pages.get(self.path, {})).encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self):
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("name", LISTS)
def test_models_have_the_context_that_their_server_tells(name):
    pages, wanted = LISTS[name]
    with serving(pages) as (url, _):
        place = url.removeprefix("http://")
        setup = Setup(settings={"base_url": f"{url}/v1", "profiles": {place: name}})
        with connected(assembled(), setup) as board:
            assert board.models("openai") == [ModelInfo(id=model, context=size) for model, size in wanted.items()]


def test_an_old_lm_studio_and_a_list_that_is_none():
    with serving({"/v1/models": {"data": [{"id": "m"}]}}) as (url, _):
        setup = Setup(settings={"base_url": f"{url}/v1", "profiles": {url.removeprefix("http://"): "lmstudio"}})
        with connected(assembled(), setup) as board:
            assert board.models("openai") == [ModelInfo(id="m")]
    with serving({"/v1/models": [1]}) as (url, _):
        setup = Setup(settings={"base_url": f"{url}/v1"})
        with connected(assembled(), setup) as board, pytest.raises(Upstream, match="no list of models"):
            board.models("openai")


def test_local_servers_are_found_where_the_user_says_and_are_given_no_key(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")  # which would be told of them
    with serving({"/v1/models": {"data": [{"id": "q", "max_model_len": 7}]}}) as (url, seen):
        setup = Setup(
            settings={"local": [url, "http://127.0.0.1:1"], "base_url": "http://x.invalid"},
            secrets={"OPENAI_API_KEY": "sk-planted"},
        )
        with connected(assembled(), setup) as board:
            said = board.command("local")
    assert said == f"generic: base_url = '{url}/v1'\n  q  7 tokens"
    assert {key for _, key in seen} == {None}


def test_nothing_but_loopback_is_looked_at():
    for url in ("http://10.0.0.5:11434", "http://example.com", "http://localhost.example.com", 7, "::::"):
        with pytest.raises(InvalidParams, match="local"):
            candidates([url])
    assert all(url.startswith("http://127.0.0.1:") for url in candidates(None))
    with connected(assembled(), Setup(settings={"local": "http://127.0.0.1:1"})) as board:
        assert "No model server answers at 127.0.0.1:1" in board.command("local")
