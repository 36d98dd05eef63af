"""Judges one layer's data before it may count: unknown keys, wrong types, secrets, what a project may not say."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from pegboard.config.schema import Section, Settings
from pegboard.config.source import KeyPath, Layer, dotted, leaves
from pegboard_sdk.wire.codec import JsonObject

PROJECT_MAY: Final = (
    ("model",),
    ("mode",),
    ("limits",),
    ("permissions", "ask"),
    ("permissions", "deny"),
    ("plugins", "disabled"),
)
"""Of a project's file only these count, and only as far as they narrow."""

_SECRET_KEYS: Final = (
    "apikey", "authorization", "cookie", "credential", "credentials", "passphrase", "passwd", "password", "privatekey",
    "secret", "token",
)  # fmt: skip
_SECRET_VALUES: Final = (
    "-----BEGIN ", "AIza", "AKIA", "Basic ", "Bearer ", "ghp_", "github_pat_", "gho_", "ghs_", "glpat-", "sk-", "xoxb-",
)  # fmt: skip


_STEP: Final = re.compile(r"\.(\w+)|\[(\.\.\.)\]|\[(\d+)\]")


class Problem(Struct, frozen=True):
    """One thing that is wrong, and with which key."""

    path: KeyPath
    text: str


def problems(data: JsonObject, *, kind: type[Section] = Settings, layer: Layer) -> list[Problem]:
    """All that is wrong with a layer's data; of wrong types only the first."""
    try:
        found = [*unknown(data, kind, (), kind)]
        found += _secrets(data)
        if layer is Layer.PROJECT:
            found += _widening(data)
        if not found:
            found += _mistyped(data, kind)
    except RecursionError:
        return [Problem((), "it nests too deep")]
    return found


def located(found: list[Problem], locate: Callable[[KeyPath], str]) -> str:
    """A message with a line for each problem; `locate` says where a key stands."""
    return "\n".join(f"{locate(problem.path)}: {problem.text}" for problem in found)


def unknown(data: object, kind: object, path: KeyPath, whole: type[Section] = Settings) -> Iterator[Problem]:
    """The keys of `data` that its type `kind`, part of `whole`, does not have, each with what was probably meant."""
    if isinstance(data, list) and path and get_origin(kind) is tuple:
        for at, value in enumerate(data):
            yield from unknown(value, get_args(kind)[0], (*path[:-1], f"{path[-1]}[{at}]"), whole)
    if not isinstance(data, dict):
        return
    if get_origin(kind) is dict:
        for name, value in data.items():
            yield from unknown(value, get_args(kind)[1], (*path, name), whole)
    elif isinstance(kind, type) and issubclass(kind, Section):
        fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
        for name, value in data.items():
            if name in fields:
                yield from unknown(value, fields[name], (*path, name), whole)
            else:
                said = f"unknown key {dotted((*path, name))}{_suggestion(path, name, kind, whole)}"
                yield Problem((*path, name), said)


def _suggestion(path: KeyPath, name: str, kind: type[Section], whole: type[Section]) -> str:
    """What was probably meant by an unknown `name` in table `path` with section `kind`; else what is known there."""
    import difflib  # noqa: PLC0415 - only a mistake pays for it

    siblings = [*kind.__struct_fields__]
    elsewhere = [dotted(known) for known in static_keys(whole) if known[-1] == name]
    near = difflib.get_close_matches(name, siblings, n=1)
    meant = dotted((*path, near[0])) if near else elsewhere[0] if elsewhere else ""
    return f"; did you mean {meant}?" if meant else f"; known here: {', '.join(sorted(siblings))}"


def static_keys(kind: type[Section] = Settings, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The keys of single values that every configuration has."""
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            yield from static_keys(field.type, (*path, field.name))
        elif get_origin(field.type) is not dict:
            yield (*path, field.name)


def _followed(data: Any, kind: Any, where: str) -> tuple[KeyPath, list[object]]:  # noqa: ANN401 - any value and type
    """The key that msgspec means by `.limits[...].tokens[0]`, and the only values that it takes where they are few."""
    path: list[str] = []
    for name, key, item in _STEP.findall(where):
        if name and isinstance(kind, type) and issubclass(kind, Section):
            kind = {field.name: field.type for field in msgspec.structs.fields(kind)}.get(name)
            data = data.get(name)
            path.append(name)
        elif key and get_origin(kind) is dict:
            kind = get_args(kind)[1]
            path.append(next((one for one, value in data.items() if not _fits(value, kind)), key))
            data = data.get(path[-1])
        elif item and get_origin(kind) is tuple:
            kind, data = get_args(kind)[0], data[int(item)]
            path[-1] += f"[{item}]"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(path), [one.value for one in kind]
    return tuple(path), [*get_args(kind)] if get_origin(kind) is Literal else []


def _fits(value: object, kind: object) -> bool:
    with suppress(msgspec.ValidationError):
        msgspec.convert(value, kind)
        return True
    return False


def _secrets(data: JsonObject) -> Iterator[Problem]:
    for path, value in leaves(data):
        name = path[-1].lower().replace("-", "").replace("_", "")
        if name.endswith(_SECRET_KEYS) or (isinstance(value, str) and value.startswith(_SECRET_VALUES)):
            advice = "keep it in an environment variable and name that (api_key_env, or a key that ends in _env)"
            yield Problem(path, f"{dotted(path)} looks like a secret, and secrets are never in configuration; {advice}")


def _widening(data: JsonObject) -> Iterator[Problem]:
    for path, _ in leaves(data):
        if not any(path[: len(allowed)] == allowed for allowed in PROJECT_MAY):
            yield Problem(path, f"a project may only narrow; {dotted(path)} belongs into the user's configuration")


def _mistyped(data: JsonObject, kind: type[Section]) -> Iterator[Problem]:
    try:
        msgspec.convert(data, kind)
        msgspec.msgpack.encode(data)  # free-form settings are sent to plugins
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        path, values = _followed(data, kind, where.rstrip("`"))
        valid = f"; it is one of {', '.join(map(str, values))}" if values else ""
        yield Problem(path, f"{dotted(path)}: {text[:1].lower()}{text[1:]}{valid}")
    except (OverflowError, TypeError, ValueError) as error:
        yield Problem((), f"a value cannot be passed on: {error}")
