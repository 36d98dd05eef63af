"""Changes one value in a configuration file, or refuses before anything was written."""

import os
from pathlib import Path

from pegboard.cli.rewriting import with_value, without
from pegboard.config.check import Problem, located, problems
from pegboard.config.failure import ConfigInvalid
from pegboard.config.layers import assigned
from pegboard.config.lines import line_of
from pegboard.config.source import Layer, key_path, parse, read_text
from pegboard.places import private, replacing
from pegboard_sdk.errors import Conflict


def set_value(path: Path, key: str, text: str, *, layer: Layer = Layer.USER) -> None:
    """Set a key in the file to what `text` means there; comments and everything else stay.

    Raises ConfigInvalid, with nothing written, when the key is unknown, the value does not fit or is a secret.
    """
    keys = key_path(key)
    value: object = assigned(keys, text)
    for part in keys:
        assert isinstance(value, dict)
        value = value[part]
    old = read_text(path) or ""
    _replace(path, old, with_value(old, keys, value), layer)


def unset_value(path: Path, key: str, *, layer: Layer = Layer.USER) -> None:
    """Take a key out of the file. Raises ConfigInvalid when it is not set there by itself."""
    old = read_text(path) or ""
    _replace(path, old, without(old, key_path(key)), layer)


def validate(path: Path, *, layer: Layer = Layer.USER) -> list[str]:
    """What is wrong with the file, each with its line; nothing when all is well or there is none."""
    try:
        text = read_text(path) or ""
        found = _problems(text, path, layer)
    except ConfigInvalid as error:
        return [error.message]
    return [located([problem], lambda key: f"{path}:{line_of(text, key)}") for problem in found]


def _problems(text: str, path: Path, layer: Layer) -> list[Problem]:
    return problems(parse(text, path), layer=layer)


def _replace(path: Path, old: str, new: str, layer: Layer) -> None:
    before = _problems(old, path, layer)
    added = [problem for problem in _problems(new, path, layer) if problem not in before]
    if added:
        raise ConfigInvalid(located(added, lambda _: str(path)))
    real = path.resolve()  # behind a link of somebody who keeps dot files elsewhere
    private(real.parent)
    with replacing(real) as file:
        os.chmod(file.fileno(), real.stat().st_mode & 0o777 if real.exists() else 0o600)
        file.write(new.encode())
        if (read_text(path) or "") != old:
            raise Conflict(f"{path} was changed by somebody else meanwhile; nothing was written, try again")
