"""From what was found to what a person may choose: names, words, and the settings that each stands for. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from pegboard.cli.first_run.servers import Server

MODELS: Final = {"openai": "gpt-5", "anthropic": "claude-sonnet-4-5"}
"""What is asked of a provider when nobody says which."""

_FOR_CODE: Final = ("coder", "code", "devstral", "instruct", "chat")
_NOT_FOR_TALK: Final = ("embed", "rerank", "whisper", "tts", "bge-", "clip")


class Choice(NamedTuple):
    """One way to have a model: in words, and as settings `KEY=VALUE`."""

    words: str
    settings: tuple[str, ...]


def keyed(keys: Mapping[str, str]) -> list[Choice]:
    """One for each provider that has a key, with where the key is."""
    found = [(name, MODELS[name], keys[name]) for name in MODELS if name in keys]
    return [
        Choice(f"{name}/{model}, with the key in {where}", (f"model={name}/{model}",)) for name, model, where in found
    ]


def served(servers: Iterable[Server]) -> list[Choice]:
    """One for each server, with its model that is best for code."""
    return [_of(server, model) for server in servers if (model := best(server.models))]


def _of(server: Server, model: str) -> Choice:
    name, others = server.kind.name, len(server.models) - 1
    more = f" (and {others} more)" if others else ""
    settings = (f"models.{name}.base_url={server.url}", f"models.{name}.model={json.dumps(model)}", f"model={name}")
    return Choice(f"{server.kind.title} on this machine, port {server.kind.port}, with {model}{more}", settings)


def best(models: Sequence[str]) -> str:
    """The model to begin with: one for code before one for talk, and none that only computes vectors."""
    usable = [name for name in models if not any(word in name.lower() for word in _NOT_FOR_TALK)]
    rank = {word: at for at, word in enumerate(_FOR_CODE)}
    return min(
        usable, key=lambda name: min((rank[w] for w in rank if w in name.lower()), default=len(rank)), default=""
    )
