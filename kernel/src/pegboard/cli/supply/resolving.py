"""Which wheels make a plugin, chosen from those that lie ready. Pure but for what it is given."""

from collections.abc import Iterable, Sequence
from platform import python_version
from typing import Final

from msgspec import Struct
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, sys_tags
from packaging.utils import canonicalize_name
from packaging.version import Version

from pegboard.supply.failure import WheelRefused
from pegboard.supply.wheel import Wheel

MOST_WHEELS: Final = 500


class Missing(Struct, frozen=True):
    """What a choice lacks: requirements that no wheel at hand meets."""

    requirements: tuple[str, ...]


def usable(wheels: Iterable[Wheel], tags: Sequence[Tag] | None = None) -> list[Wheel]:
    """Those that this interpreter can load, best ones first."""
    order = {tag: number for number, tag in enumerate(sys_tags() if tags is None else tags)}
    fitting = [wheel for wheel in wheels if wheel.tags & order.keys() and _for_this_python(wheel)]

    def rank(wheel: Wheel) -> tuple[str, tuple[int, ...], int]:
        best = min(order[tag] for tag in wheel.tags & order.keys())
        return wheel.key, _downwards(Version(wheel.version)), best

    return sorted(fitting, key=rank)


def choose(root: Wheel, at_hand: Sequence[Wheel]) -> list[Wheel] | Missing:
    """The wheels of a plugin's tree, sorted by name: `root` and all that it needs, the newest that fits of each.

    `at_hand` are usable. Raises WheelRefused when two requirements cannot be met together.
    """
    chosen: dict[str, Wheel] = {root.key: root}
    extras: dict[str, set[str]] = {root.key: set()}
    waiting = [(root, requirement) for requirement in root.requirements()]
    missing: list[str] = []
    while waiting:
        asker, wanted = waiting.pop(0)
        if not _applies(wanted, extras[asker.key]):
            continue
        key = canonicalize_name(wanted.name)
        found = chosen.get(key) or next(
            (wheel for wheel in at_hand if wheel.key == key and wanted.specifier.contains(wheel.version)), None
        )
        if found is None:
            missing.append(f"{wanted.name}{wanted.specifier}")
            continue
        if not wanted.specifier.contains(found.version, prereleases=True):
            raise WheelRefused(f"{asker.name} needs {wanted}, and {found.name} {found.version} was chosen for another")
        new = key not in chosen
        more = wanted.extras - extras.setdefault(key, set())
        chosen[key] = found
        extras[key] |= more
        if new or more:
            waiting += [(found, requirement) for requirement in found.requirements()]
        if len(chosen) > MOST_WHEELS:
            raise WheelRefused(f"{root.name} needs more than {MOST_WHEELS} distributions")
    if missing:
        return Missing(tuple(dict.fromkeys(missing)))
    return [chosen[key] for key in sorted(chosen)]


def _applies(wanted: Requirement, extras: set[str]) -> bool:
    return wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _for_this_python(wheel: Wheel) -> bool:
    try:
        return SpecifierSet(wheel.python).contains(python_version(), prereleases=True)
    except InvalidSpecifier as error:
        raise WheelRefused(f"{wheel.path.name}: Requires-Python: {error}") from error


def _downwards(version: Version) -> tuple[int, ...]:
    """Sorts the newest first; final versions before those that are none."""
    release = (*version.release, *(0,) * 8)[:8]
    return (version.is_prerelease, -version.epoch, *(-part for part in release), -(version.post or 0))
