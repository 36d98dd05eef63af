"""Puts the layers together: default < user < project < environment < flags, below the caps of managed policy."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from math import inf
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard.config.check import located, problems, static_keys
from pegboard.config.failure import ConfigInvalid
from pegboard.config.lines import Lines
from pegboard.config.schema import DEFAULTS, Section, Settings
from pegboard.config.source import KeyPath, Layer, Source, dotted, key_path, leaves, nested, parse, read_text
from pegboard.gate.autonomy import of_level
from pegboard.gate.verdict import Mode, Verdict
from pegboard_sdk.wire.codec import JsonObject

PROJECT_FILE: Final = Path(".pegboard", "config.toml")


class RuleText(Struct, frozen=True):
    """A rule as somebody wrote it."""

    text: str
    verdict: Verdict
    source: Source


class Config(Struct, frozen=True, kw_only=True):
    """The settings in force, and how they came to be."""

    settings: Settings
    provenance: dict[str, Source]
    """Of each key, in its dotted form, who set it; of a list that layers add to, the last of them, with all places."""
    rules: tuple[RuleText, ...]
    cap: Mode
    """The widest mode that policy allows, whatever a person asks for later."""
    level: int = 5
    """The highest autonomy level that it allows."""
    warnings: tuple[str, ...] = ()


class Above(Struct, frozen=True, kw_only=True):
    """What stands above every layer: values in the shape of `Settings` that only narrow, and where each stands."""

    data: JsonObject = {}
    where: dict[str, str] = {}
    rules: tuple[RuleText, ...] = ()
    cap: Mode = Mode.FULL
    level: int = 5


_Where = Callable[[KeyPath], str]


class _Stack:
    """The layers so far."""

    def __init__(self) -> None:
        self.data: JsonObject = msgspec.to_builtins(DEFAULTS)
        self.sources = {dotted(path): Source(Layer.DEFAULT) for path, _ in leaves(self.data)}
        self.rules: list[RuleText] = []
        self.warnings: list[str] = []

    def add(self, data: JsonObject, layer: Layer, where: _Where) -> None:
        if layer in (Layer.PROJECT, Layer.MANAGED):
            self._narrow(data, layer, where)
        said_by = _settle_autonomy(data, self.data) if layer is not Layer.MANAGED else {}
        for path, value in leaves(data):
            if value == [] and path[0] in ADDING:
                continue
            if layer is not Layer.MANAGED and path[0] == "permissions" and path[1].upper() in Verdict.__members__:
                named = ((text, (path[0], f"{path[1]}[{at}]")) for at, text in enumerate(value))
                self.rules += (RuleText(text, Verdict[path[1].upper()], Source(layer, where(at))) for text, at in named)
            before, place = self.sources.get(dotted(path)), where(said_by.get(path, path))
            adds = path[0] in ADDING and before is not None and before.layer is not Layer.DEFAULT
            place = f"{before.where}, {place}" if before and adds else place
            self.sources[dotted(path)] = Source(layer, place)
        _merge(self.data, data)

    def _narrow(self, data: JsonObject, layer: Layer, where: _Where) -> None:
        """Take out of a layer that may only narrow what does not: mode, level, limits count where they are smaller."""
        for path, value in [*leaves({name: data[name] for name in NARROWED if name in data})]:
            below, key, place = _at(self.data, path), dotted(path), where(path)
            before = self.sources[key]
            if _width(value) < (_width(below) if below is not None else 0 if path == ("autonomy",) else inf):
                if layer is Layer.MANAGED and before.layer is not Layer.DEFAULT:
                    self.warnings.append(f"{before}: {key} is wider than policy allows; it is {value} ({place})")
                continue
            del _at(data, path[:-1])[path[-1]]
            if layer is Layer.PROJECT and _width(value) > _width(below):
                source = Source(layer, place)
                self.warnings.append(f"{source}: {key} stays {below}; {value} is wider, and a project may only narrow")


NARROWED: Final = ("mode", "autonomy", "limits")


def _settle_autonomy(data: JsonObject, below: JsonObject) -> dict[KeyPath, KeyPath]:
    """A level brings its mode; a mode that a later layer sets ends the level, and in one layer the narrower counts.

    What is set so by another key is given back with that key.
    """
    if "autonomy" in data:
        brought = of_level(data["autonomy"]).mode.name.lower()
        if _width(brought) <= _width(data.get("mode", brought)):
            data["mode"] = brought
            return {("mode",): ("autonomy",)}
    elif "mode" in data and below["autonomy"] is not None:
        data["autonomy"] = None
        return {("autonomy",): ("mode",)}
    return {}


def _width(value: str | float) -> float:
    return Mode[value.upper()] if isinstance(value, str) else value


def _at(data: JsonObject, path: KeyPath) -> Any:  # noqa: ANN401 - a value of any type
    inner: Any = data
    for part in path:
        inner = inner[part]
    return inner


ADDING: Final = ("permissions", "plugins")
"""Tables whose lists add up over the layers."""


def layered(
    user: Path,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    *,
    above: Above,
    project: tuple[Path, str] | None = None,
) -> Config:
    """The configuration from the file `user`, `environ` and flags `sets` (`key=value`), below what stands `above`.

    `project` is a trusted folder's file with the text that was trusted. Raises ConfigInvalid when a layer does not fit.
    """
    stack = _Stack()
    text = read_text(user)
    for layer, path, said in ((Layer.USER, user, text), (Layer.PROJECT, *(project or (user, None)))):
        if said is not None:
            stack.add(checked(said, path, layer), layer, _placed(said, path))
    for key in static_keys():
        name = f"PEGBOARD_{'_'.join(key).upper()}"
        if environ.get(name) and key[0] not in (*ADDING, "autonomy"):  # a variable is no person: it grants nothing
            stack.add(_single(key, environ[name], name, Layer.ENVIRONMENT), Layer.ENVIRONMENT, _always(name))
    for flag in sets:
        name, equals, value = flag.partition("=")
        if not equals:
            raise ConfigInvalid(f"--set {flag}: write KEY=VALUE, such as limits.max_turns=20")
        where = f"--set {name}"
        stack.add(_single(key_path(name.strip()), value, where, Layer.FLAG), Layer.FLAG, _always(where))
    stack.add(deepcopy(above.data), Layer.MANAGED, lambda path: above.where.get(dotted(path), ""))
    return Config(
        settings=msgspec.convert(stack.data, Settings),
        provenance=stack.sources,
        rules=(*stack.rules, *above.rules),
        cap=above.cap,
        level=above.level,
        warnings=tuple(stack.warnings),
    )


def checked(text: str, path: Path, layer: Layer, kind: type[Section] = Settings) -> JsonObject:
    """A file's data. Raises ConfigInvalid with file and line of every problem."""
    data = parse(text, path)
    found = problems(data, kind=kind, layer=layer)
    if found:
        lines = Lines(text)
        raise ConfigInvalid(located(found, lambda key: f"{path}:{lines.of(key)}"))
    return data


def _placed(text: str, path: Path) -> _Where:
    lines = Lines(text)
    return lambda key: f"{path}:{lines.of(key)}"


def _always(where: str) -> _Where:
    return lambda _: where


def _single(path: KeyPath, text: str, where: str, layer: Layer) -> JsonObject:
    data = assigned(path, text)
    found = problems(data, layer=layer)
    if found:
        raise ConfigInvalid(located(found, lambda _: where))
    return data


def assigned(path: KeyPath, text: str) -> JsonObject:
    """The data that sets `path` to what `text` means there: JSON, a plain string, or a list of one such string."""
    readings: list[Any] = [text, [text]]
    with suppress(msgspec.DecodeError, UnicodeError, RecursionError):
        readings.insert(0, msgspec.json.decode(text))
    for value in readings:
        data = nested(path, value)
        try:
            msgspec.convert(data, Settings)
        except (msgspec.ValidationError, RecursionError):
            continue
        return data
    return nested(path, readings[0])


def _merge(below: JsonObject, above: JsonObject, path: KeyPath = ()) -> None:
    for name, value in above.items():
        old = below.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            _merge(old, value, (*path, name))
        elif isinstance(old, list | tuple) and path and path[0] in ADDING:
            below[name] = [*old, *value]
        else:
            below[name] = value
