"""Model servers on this machine: asked over loopback, all at once, briefly, and only where no model is set up."""

import http.client
import json
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

LOOPBACK: Final = "127.0.0.1"
PATIENCE_S: Final = 0.25
"""For all of them together; one that needs longer is not found."""
MOST_BYTES: Final = 1 << 20
MOST_MODELS: Final = 200


class Kind(NamedTuple):
    """A program that serves models: its name in the configuration, what people call it, and where it listens."""

    name: str
    title: str
    port: int


class Server(NamedTuple):
    """One that answered, with its models in its own order."""

    kind: Kind
    models: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{LOOPBACK}:{self.kind.port}/v1"


KINDS: Final = (
    Kind("ollama", "Ollama", 11434),
    Kind("lmstudio", "LM Studio", 1234),
    Kind("vllm", "vLLM", 8000),
    Kind("llamacpp", "llama.cpp", 8080),
)


def servers(kinds: Sequence[Kind] = KINDS) -> tuple[Server, ...]:
    """Those that list at least one model within `PATIENCE_S`, in the order of `kinds`. Raises nothing."""
    found: dict[str, tuple[str, ...]] = {}
    until = time.monotonic() + PATIENCE_S

    def ask(kind: Kind) -> None:
        with suppress(OSError, http.client.HTTPException, ValueError, RecursionError):
            found[kind.name] = models_of(kind.port)

    # Daemons: one that hangs in a server's answer must not hold up anything, now or at the end.
    threads = [threading.Thread(target=ask, args=(kind,), daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    said = dict(found)
    return tuple(Server(kind, said[kind.name]) for kind in kinds if said.get(kind.name))


def models_of(port: int) -> tuple[str, ...]:
    """The models that a server on loopback lists as OpenAI's does. Raises OSError, HTTPException, ValueError."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/v1/models", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        data = json.loads(answer.read(MOST_BYTES)) if answer.status == http.client.OK else {}
    finally:
        connection.close()
    listed = data.get("data") if isinstance(data, dict) else None
    rows = listed[:MOST_MODELS] if isinstance(listed, list) else []
    names = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return tuple(name for name in names if 0 < len(name) <= 200 and name.isprintable())
