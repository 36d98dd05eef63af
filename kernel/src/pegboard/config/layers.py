"""Puts the layers together: default < user < project < environment < flags, below the caps of managed policy."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard.config.check import located, problems, static_keys, unknown
from pegboard.config.failure import ConfigInvalid, PolicyBroken
from pegboard.config.lines import line_of
from pegboard.config.schema import DEFAULTS, Policy, Settings
from pegboard.config.source import KeyPath, Layer, Source, dotted, key_path, leaves, nested, parse, read_text
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places
from pegboard_sdk.errors import NotFound
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
    warnings: tuple[str, ...] = ()


class Listed(Struct, frozen=True, kw_only=True):
    """A value for people and scripts."""

    key: str
    value: Any
    source: Source


class _Stack:
    """The layers so far."""

    def __init__(self) -> None:
        self.data: JsonObject = msgspec.to_builtins(DEFAULTS)
        self.sources = {dotted(path): Source(Layer.DEFAULT) for path, _ in leaves(self.data)}
        self.rules: list[RuleText] = []
        self.warnings: list[str] = []

    def add(self, data: JsonObject, source: Source) -> None:
        if source.layer in (Layer.PROJECT, Layer.MANAGED):
            self._narrow(data, source)
        for path, value in leaves(data):
            if path[0] == "permissions":
                self.rules += (RuleText(text, Verdict[path[1].upper()], source) for text in value)
            before = self.sources.get(dotted(path))
            adds = path[0] in ADDING and before is not None and before.layer is not Layer.DEFAULT
            where = f"{before.where}, {source.where}" if before and adds else source.where
            self.sources[dotted(path)] = Source(source.layer, where)
        _merge(self.data, data)

    def _narrow(self, data: JsonObject, source: Source) -> None:
        """Take out of a layer that may only narrow what does not: its mode and limits count where they are smaller."""
        for path, value in [*leaves({name: data[name] for name in ("mode", "limits") if name in data})]:
            below, key = _at(self.data, path), dotted(path)
            before = self.sources[key]
            if below is None or _width(value) < _width(below):
                if source.layer is Layer.MANAGED and before.layer is not Layer.DEFAULT:
                    self.warnings.append(f"{before}: {key} is wider than policy allows; it is {value} ({source.where})")
                continue
            del _at(data, path[:-1])[path[-1]]
            if source.layer is Layer.PROJECT and _width(value) > _width(below):
                self.warnings.append(f"{source}: {key} stays {below}; {value} is wider, and a project may only narrow")


def _width(value: str | float) -> float:
    return Mode[value.upper()] if isinstance(value, str) else value


def _at(data: JsonObject, path: KeyPath) -> Any:  # noqa: ANN401 - a value of any type
    inner: Any = data
    for part in path:
        inner = inner[part]
    return inner


ADDING: Final = ("permissions", "plugins")
"""Tables whose lists add up over the layers."""


def load_config(
    places: Places,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    *,
    workspace: Path | None = None,
    trusted: bool = False,
) -> Config:
    """The configuration for a run in `workspace` with flags `sets` (`key=value`).

    The project's file is opened only where the folder is `trusted`. Raises PolicyBroken when the managed policy cannot
    be obeyed, which must end the program, and ConfigInvalid when any other layer does not fit.
    """
    policy = _policy(places.managed)
    stack = _Stack()
    for path, layer in ((places.user_config, Layer.USER), ((workspace or Path()) / PROJECT_FILE, Layer.PROJECT)):
        data = read_layer(path, layer) if layer is Layer.USER or (trusted and workspace is not None) else None
        if data is not None:
            stack.add(data, Source(layer, str(path)))
    for key in static_keys():
        name = f"PEGBOARD_{'_'.join(key).upper()}"
        if environ.get(name) and key[0] not in ADDING:  # a variable is no person: it grants nothing
            stack.add(_single(key, environ[name], name, Layer.ENVIRONMENT), Source(Layer.ENVIRONMENT, name))
    for flag in sets:
        name, equals, text = flag.partition("=")
        if not equals:
            raise ConfigInvalid(f"--set {flag}: write KEY=VALUE, such as limits.max_turns=20")
        where = f"--set {name}"
        stack.add(_single(key_path(name.strip()), text, where, Layer.FLAG), Source(Layer.FLAG, where))
    cap = Mode[policy.get("mode", "full").upper()]
    stack.add(policy, Source(Layer.MANAGED, str(places.managed)))
    return Config(
        settings=msgspec.convert(stack.data, Settings),
        provenance=stack.sources,
        rules=tuple(stack.rules),
        cap=cap,
        warnings=tuple(stack.warnings),
    )


def read_layer(path: Path, layer: Layer) -> JsonObject | None:
    """A file's data, checked; None without the file. Raises ConfigInvalid with file and line of every problem."""
    text = read_text(path)
    if text is None:
        return None
    data = parse(text, path)
    found = problems(data, kind=Policy if layer is Layer.MANAGED else Settings, layer=layer)
    if found:
        raise ConfigInvalid(located(found, lambda key: f"{path}:{line_of(text, key)}"))
    return data


def _policy(path: Path) -> JsonObject:
    try:
        data = read_layer(path, Layer.MANAGED) or {}
    except ConfigInvalid as error:
        raise PolicyBroken(f"the managed policy cannot be obeyed, so nothing runs: {error.message}") from error
    data.pop("schema", None)
    return data


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
