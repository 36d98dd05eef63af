"""The provider against a server that others wrote: `python tests/long/real_server.py [PATH OF litellm]`.

LiteLLM's proxy answers without a model (`mock_response`) over its own HTTP stack, in chat completions and in Responses.
Without a path it is installed into a temporary environment, which takes minutes. What the official client reads from
the same server is what must come out here.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openai

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from scripted_server import Call, ScriptedServer, Turn

import pegboard_openai
from pegboard_sdk import (
    Delta,
    Message,
    ModelReply,
    PegboardError,
    RateLimited,
    Role,
    Setup,
    StreamModel,
    Text,
    TooLarge,
    ToolCall,
    Upstream,
)
from pegboard_sdk.testing import Board, spawned
from pegboard_sdk.wire.conversation import EMPTY, extended

PACKAGE = Path(pegboard_openai.__file__).parent
TEXT = "Hello from a server that others wrote, said word by word: ü, 日本."
FAULTS = {
    "limited": ("litellm.RateLimitError", RateLimited),
    "down": ("litellm.InternalServerError", Upstream),
    "full": ("litellm.ContextWindowExceededError", TooLarge),
}
TURNS = 100
START_S = 120


def settings(backend: str) -> str:
    """The proxy's configuration; YAML takes JSON. `backend` is a chat server."""
    models = {"mock": TEXT, **{name: word for name, (word, _) in FAULTS.items()}}
    listed = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}", "api_key": "none", "mock_response": word},
        }
        for name, word in models.items()
    ]
    # Its own mock breaks in a stream of Responses; here it makes one of a chat that it has from our scripted server.
    bridge = {"model": "deepseek/bridged", "api_key": "none", "api_base": backend}
    listed.append({"model_name": "bridged", "litellm_params": bridge})
    return json.dumps({"model_list": listed, "litellm_settings": {"telemetry": False, "num_retries": 0}})


def installed(folder: Path) -> Path:
    """LiteLLM in an environment of its own."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    subprocess.run([folder / "venv/bin/pip", "install", "-q", "litellm[proxy]"], check=True)
    return folder / "venv/bin/litellm"


@contextmanager
def running(program: Path, folder: Path, key: str, backend: str) -> Iterator[str]:
    """The proxy on a free port of loopback; its base URL."""
    (folder / "config.json").write_text(settings(backend))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [program, "--config", folder / "config.json", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "LITELLM_MASTER_KEY": key, "HOME": str(folder)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environment) as server,
    ):
        try:
            deadline = time.monotonic() + START_S
            while not answers(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit((folder / "log").read_text()[-3000:])
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/v1"
        except PegboardError:
            print(f"the proxy's status is {server.poll()}; it said:", (folder / "log").read_text()[-1500:])
            raise
        finally:
            server.terminate()


def answers(port: int) -> bool:
    """Whether it is up."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=2):
            return True
    except OSError:
        return False


def user(text: str) -> Message:
    return Message(role=Role.USER, parts=(Text(text=text),))


def asked(board: Board, model: str, **more: object) -> tuple[ModelReply, list[Delta]]:
    request = StreamModel(model=model, conversation=secrets.token_hex(4), append=(user("go"),), **more)
    call = board.stream_model(request)
    return call.result(ModelReply), call.items(Delta)


def text_of(reply: ModelReply) -> str:
    return "".join(part.text for part in reply.message.parts if isinstance(part, Text))


def streams(board: Board, url: str, key: str) -> str:
    """Text, usage and deltas are those of the official client, in both ways of asking."""
    with openai.OpenAI(base_url=url, api_key=key, max_retries=0) as client:
        chunks = list(
            client.chat.completions.create(
                model="mock", messages=[{"role": "user", "content": "go"}], stream=True,
                stream_options={"include_usage": True},
            )
        )  # fmt: skip
    theirs = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    usage = next(chunk.usage for chunk in reversed(chunks) if chunk.usage)
    for model, api in (("mock", "chat"), ("bridged", "chat"), ("bridged", "responses")):
        reply, deltas = asked(board, model, params={"api": api})
        assert text_of(reply) == theirs == TEXT, (model, api, text_of(reply))
        assert "".join(delta.text for delta in deltas if delta.stream == "text") == TEXT
        assert reply.usage is not None
        if model == "bridged":
            made = [json.loads(part.arguments)["n"] for part in reply.message.parts if isinstance(part, ToolCall)]
            assert made == [1, 2], (api, reply)
        else:
            assert (reply.usage.input, reply.usage.output) == (usage.prompt_tokens, usage.completion_tokens)
    return f"{len(chunks)} chunks, {usage.total_tokens} tokens"


def talks(board: Board) -> str:
    """A long conversation, each turn with what is new alone."""
    base, news, began = EMPTY, [user("go")], time.monotonic()
    for at in range(TURNS):
        request = StreamModel(model="mock", conversation="long", base=base, append=tuple(news))
        reply = board.stream_model(request).result(ModelReply)
        assert text_of(reply) == TEXT
        for entry in news:
            base = extended(base, entry)
        news = [reply.message, user(f"and {at}?")]
    return f"{TURNS} turns in {time.monotonic() - began:.0f} s"


def fails(board: Board) -> str:
    """Each refusal is the error that it should be."""
    for model, (_, kind) in {**FAULTS, "absent": ("", PegboardError)}.items():
        try:
            asked(board, model)
        except kind as error:
            print(f"    {model}: {type(error).__name__}: {error.message[:150]}")
        else:
            raise AssertionError(model)
    return f"{len(FAULTS) + 1} refusals"


def main() -> None:
    """Print what held; a traceback is what did not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else installed(folder)
        key = f"sk-{secrets.token_hex(16)}"
        turn = Turn(text=TEXT, calls=[Call("bash", {"n": 1}), Call("bash", {"n": 2})])
        with ScriptedServer([turn], strict=False) as backend, running(program, folder, key, backend.url) as url:
            setup = Setup(settings={"base_url": url}, secrets={"OPENAI_API_KEY": key})
            with spawned(PACKAGE, setup) as board:
                listed = sorted(model.id for model in board.models("openai"))
                assert listed == sorted(["mock", "bridged", *FAULTS]), listed
                print(f"models: {len(listed)}")
                print(f"streams: {streams(board, url, key)}")
                print(f"talks: {talks(board)}")
                print(f"fails: {fails(board)}")


if __name__ == "__main__":
    main()
