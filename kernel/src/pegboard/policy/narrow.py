"""Puts one policy upon another so that the result demands what both demand. Pure, and a table: a key that has no row in
it cannot be merged.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pegboard.config.schema import Limits, Permissions, Section
from pegboard.gate.verdict import Mode
from pegboard.policy import schema
from pegboard.policy.schema import Managed, NetworkDemand, PluginDemand

S = TypeVar("S", bound=Section)
Both = Callable[[Any, Any], Any]


def narrowed(one: Managed, other: Managed) -> Managed:
    """What both allow. `other` grants nothing: its allow rules and roots do not count. Raises ValueError."""
    return _section(one, other)


def _section(one: S, other: S) -> S:
    merged: dict[str, Any] = {}
    for name in one.__struct_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        both = _section if isinstance(mine, Section) else _SPECIAL.get((type(one), name)) or _BY_NAME[name]
        try:
            merged[name] = both(mine, theirs)
        except ValueError as error:
            raise ValueError(f"{name}.{error}" if isinstance(mine, dict | Section) else f"{name} {error}") from error
    if isinstance(one, PluginDemand) and isinstance(other, PluginDemand):
        lists = [demand.allow for demand in (one, other) if demand.only_listed]
        merged["allow"] = {name: pin for name, pin in merged["allow"].items() if all(name in each for each in lists)}
    return type(one)(**merged)


def _least(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


def _union(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*one, *(each for each in other if each not in one))


def _met(within: Callable[[str, str], bool]) -> Both:
    """What lies within both; None is everything."""

    def met(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if one is None or other is None:
            return other if one is None else one
        mine = tuple(name for name in one if any(within(name, wide) for wide in other))
        return _union(mine, tuple(name for name in other if any(within(name, wide) for wide in one)))

    return met


def _agreed(one: Any, other: Any) -> Any:  # noqa: ANN401 - whatever is pinned
    if one and other and one != other:
        raise ValueError("is another one than in a file before")
    return one or other


def _pins(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _section(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **both}


def _kept(one: Any, other: Any) -> Any:  # noqa: ANN401 - whatever only the first may grant
    return one


_BY_NAME: Final[Mapping[str, Both]] = {
    "schema": _kept, "roots": _kept, "autonomy": min, "key_file": _agreed,
    "mode": lambda one, other: min(one, other, key=lambda mode: Mode[mode.upper()]),
    "tier": lambda one, other: max(one, other, key=schema.STRENGTH.__getitem__),
    **dict.fromkeys(("required", "never", "only_listed"), operator.or_),
    **dict.fromkeys(("dev", "exec", "terminal"), operator.and_),
    **dict.fromkeys(("ask", "deny", "disabled", "anchor", "test"), _union),
    **dict.fromkeys(("version", "wheel", "tree", "publisher"), _agreed),
    **dict.fromkeys(schema.LISTED_CAPABILITIES, _met(operator.eq)),
    **dict.fromkeys(Limits.__struct_fields__, _least),
    "below": _met(schema.lies_at_or_below),
}  # fmt: skip
_SPECIAL: Final[Mapping[tuple[type, str], Both]] = {
    (Permissions, "allow"): _kept,
    (NetworkDemand, "allow"): _met(schema.within_host),
    (PluginDemand, "allow"): _pins,
}
