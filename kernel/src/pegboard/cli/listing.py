"""What is in force, key by key, for people and scripts."""

import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard.cli.policies import placed
from pegboard.config import Config, Layer, Settings, Source
from pegboard.config.check import unknown
from pegboard.config.source import dotted, key_path, leaves, nested
from pegboard.policy import Loaded
from pegboard_sdk.errors import NotFound


class Listed(Struct, frozen=True, kw_only=True):
    """A value for people and scripts."""

    key: str
    value: Any
    source: Source


def listed(config: Config) -> Iterator[Listed]:
    """Every value in force with its source, by key."""
    for path, value in sorted(leaves(msgspec.to_builtins(config.settings))):
        key = dotted(path)
        yield Listed(key=key, value=value, source=config.provenance.get(key, Source(Layer.DEFAULT)))


def get(config: Config, key: str) -> object:
    """The value in force of a key or of a whole table. Raises NotFound, with a suggestion, when there is none."""
    value: Any = msgspec.to_builtins(config.settings)
    path = key_path(key)
    for part in path:
        if not isinstance(value, dict) or part not in value:
            raise NotFound(next((one.text for one in unknown(nested(path, 0), Settings, ())), f"{key} is not set"))
        value = value[part]
    return value


NARROWING: Final = ("mode", "autonomy", "limits.", "permissions.roots", "plugins.disabled")
"""Keys of the configuration that a policy narrows."""
_RULES: Final = ("permissions.", "network.deny")


def in_force(managed: Loaded, config: Config) -> Iterator[tuple[str, str]]:
    """What binds a session here, a line each with where it stands: caps, values, rules, and what only policy says."""
    yield f"mode at most {config.cap.name.lower()}", managed.where("mode") or managed.where("autonomy") or "default"
    yield f"autonomy at most {config.level}", managed.where("autonomy") or "default"
    if managed.managed.plugins.allow:
        yield f"plugins listed: {', '.join(sorted(managed.managed.plugins.allow))}", ", ".join(managed.files)
    for one in listed(config):
        if _of(one.key, NARROWING) and one.value not in (None, (), []):
            yield f"{one.key} = {written(one.value)}", str(one.source)
    for rule in config.rules:
        yield f"{rule.verdict.name.lower()} {rule.text}", placed(rule.source)
    for path, value in leaves(msgspec.to_builtins(managed.managed)):
        key = dotted(path)
        if key in managed.sources and not _of(key, (*NARROWING, *_RULES, "schema", "test")):
            yield f"{key} = {written(value)}", managed.where(key)
    if managed.managed.test:
        yield f"{len(managed.managed.test)} tests hold", ", ".join(managed.files)


def _of(key: str, names: tuple[str, ...]) -> bool:
    """Whether it is one of the names, or in a table that ends in a dot there."""
    return any(key.startswith(name) if name.endswith(".") else key == name for name in names)


def written(value: object) -> str:
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False)
