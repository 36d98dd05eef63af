"""From what was typed to what could be accepted: wheels are gathered, kept in the store, and compared with the lock.

Nothing is accepted here, and nothing of what is installed is executed.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from packaging.utils import canonicalize_name

from pegboard.cli.supply.bundle import open_bundle
from pegboard.cli.supply.difference import changes, described
from pegboard.cli.supply.fetching import build, download, download_locked, parse_name
from pegboard.cli.supply.lent import OURS, SDK, lend
from pegboard.cli.supply.resolving import Missing, choose, usable
from pegboard.discovery import Stored, discover
from pegboard.found import Found
from pegboard.supply.facts import key_of, tools_of
from pegboard.supply.failure import WheelRefused
from pegboard.supply.keeping import keep
from pegboard.supply.lock import Lock, Pin, WheelPin
from pegboard.supply.store import Store
from pegboard.supply.wheel import Wheel, read_wheel
from pegboard_sdk.wire.manifest import Manifest

WIRE: Final = 1
BUNDLES: Final = (".zip", ".pegbundle")


class Proposal(Struct, frozen=True, kw_only=True):
    """A plugin that lies in the store, and waits for somebody's yes. `old` is the pin that it would replace."""

    plugin: str
    pin: Pin
    manifest: Manifest
    old: Pin | None
    lines: tuple[str, ...]
    """What a person judges it by; nothing when it is what was accepted already."""


class Source(Struct, frozen=True):
    """One thing that was typed: where its wheels are, and which of them are meant."""

    typed: str
    roots: tuple[Wheel, ...] = ()
    wheels: tuple[Wheel, ...] = ()
    name: str = ""
    """A distribution that an index has."""
    whole: bool = False
    """Nothing is fetched for it: a bundle."""


class Installing:
    """`folder` is an empty one for what comes and goes; `index` says whether a package index may be asked."""

    def __init__(self, store: Store, lock: Lock, folder: Path, *, index: bool = True, builds: bool = False) -> None:
        self._store = store
        self._lock = lock
        self._folder = folder
        self._index = index
        self._builds = builds
        self._lent = lend(self._room("lent"))

    def propose(self, typed: str, *, anew: bool = False) -> list[Proposal]:
        """Put into the store what was typed. `anew` looks for a newer version where one is locked.

        Raises WheelRefused, TreeRefused, Unsupported, Upstream or OSError.
        """
        source = self._source(typed)
        roots = source.roots or (self._named(source, anew=anew),)
        return [self._keep(root, source) for root in roots]

    def _keep(self, root: Wheel, source: Source) -> Proposal:
        if not root.plugins:
            raise WheelRefused(f"{root.path.name} is no plugin: it has no entry point in the group pegboard.plugins")
        wheels = self._tree_of(root, source)
        tree = keep(self._store, wheels)
        (plugin, *others) = root.plugins
        if others:
            raise WheelRefused(f"{root.path.name} holds the plugins {', '.join(root.plugins)}; a wheel holds one")
        found = found_in(self._store, plugin, tree)
        pins: dict[str, WheelPin] = {
            wheel.key: WheelPin(version=wheel.version, files={wheel.path.name: wheel.sha256}) for wheel in wheels
        }
        return propose(found, self._lock.plugins.get(plugin), wheels=pins, source=source.typed)

    def _tree_of(self, root: Wheel, source: Source) -> list[Wheel]:
        at_hand = usable((*source.wheels, *self._lent))
        if root not in usable((root,)):
            raise WheelRefused(f"{root.path.name} is not for this Python or platform")
        chosen = choose(root, at_hand)
        if isinstance(chosen, Missing) and self._index and not source.whole:
            chosen = choose(root, usable((*self._fetched(root), *self._lent)))
        if isinstance(chosen, Missing):
            raise WheelRefused(f"{root.name} needs {', '.join(chosen.requirements)}, and there is no wheel of it here")
        return chosen

    def _fetched(self, root: Wheel) -> list[Wheel]:
        into = self._room("fetched")
        pinned = [wheel.path for wheel in self._lent if wheel.key == SDK]
        download([str(root.path)], into, links=[self._folder / "lent"], pinned=pinned)
        return self._honest(into)

    def _honest(self, folder: Path) -> list[Wheel]:
        """Wheels that came from elsewhere; those with a name of ours only when they are ours."""
        wheels = [read_wheel(path) for path in sorted(folder.glob("*.whl"))]
        ours = {wheel.sha256 for wheel in self._lent}
        for wheel in wheels:
            if wheel.key in OURS and wheel.sha256 not in ours:
                raise WheelRefused(f"{wheel.path.name} came from an index and has a name of ours; it is a stranger's")
        return wheels

    def _named(self, source: Source, *, anew: bool) -> Wheel:
        if not self._index:
            raise WheelRefused(f"`{source.typed}` is a name, and no package index may be asked; give a file or folder")
        wanted = parse_name(source.typed)
        into = self._room("index")
        pin = None if anew else self._locked(source.name)
        if pin is None:
            pinned = [wheel.path for wheel in self._lent if wheel.key == SDK]
            download([str(wanted)], into, links=[self._folder / "lent"], pinned=pinned)
        else:
            download_locked(locked_lines(pin), into, links=[self._folder / "lent"])
        for wheel in usable(self._honest(into)):
            if wheel.key == source.name:
                return wheel
        raise WheelRefused(f"`{source.typed}`: no wheel of it came")

    def _locked(self, name: str) -> Pin | None:
        return next((pin for pin in self._lock.plugins.values() if name in pin.wheels and pin.source == name), None)

    def _source(self, typed: str) -> Source:
        if "://" in typed:
            raise WheelRefused(f"`{typed}`: fetch the file yourself and give its path; addresses are not followed")
        path = Path(typed).expanduser()
        if path.suffix == ".whl":
            copied = read_wheel(Path(shutil.copy(path, self._room("given"))))
            return Source(typed, (copied,), (copied,))
        if path.suffix in BUNDLES:
            wheels = [read_wheel(one) for one in open_bundle(path, self._room("bundle"))]
            return _roots(typed, wheels, whole=True)
        if path.is_dir() and any(path.glob("*.whl")):
            into = self._room("given")
            return _roots(typed, [read_wheel(Path(shutil.copy(one, into))) for one in sorted(path.glob("*.whl"))])
        if path.is_dir():
            return self._built(typed, path)
        return Source(typed, name=canonicalize_name(parse_name(typed).name))

    def _built(self, typed: str, project: Path) -> Source:
        if not (project / "pyproject.toml").exists():
            raise WheelRefused(f"{typed} is a folder without wheels and without pyproject.toml")
        if not self._builds:
            raise WheelRefused(f"{typed} is a project: building it runs its code; say --build if you trust that")
        into = self._room("built")
        build(project, into)
        wheels = [read_wheel(path) for path in sorted(into.glob("*.whl"))]
        return _roots(typed, wheels)

    def _room(self, name: str) -> Path:
        room = self._folder / name
        while room.exists():
            room = room.with_name(f"{room.name}+")
        room.mkdir()
        return room


def _roots(typed: str, wheels: Sequence[Wheel], *, whole: bool = False) -> Source:
    roots = tuple(wheel for wheel in usable(wheels) if wheel.plugins)
    newest = {wheel.key: wheel for wheel in reversed(roots)}
    if not newest:
        raise WheelRefused(f"{typed} holds no plugin for this Python and platform")
    return Source(typed, tuple(newest.values()), tuple(wheels), whole=whole)


def locked_lines(pin: Pin) -> list[str]:
    """What a pin says, as a requirements file with hashes."""
    return [
        " ".join((f"{name}=={wheel.version}", *(f"--hash=sha256:{sha256}" for sha256 in wheel.files.values())))
        for name, wheel in sorted(pin.wheels.items())
    ]


def found_in(store: Store, plugin: str, tree: str) -> Found:
    """The plugin of a tree. Raises WheelRefused with what is wrong with it."""
    (found,) = discover((), stored=(Stored(plugin, store.path(tree)),))
    if found.manifest is None:
        raise WheelRefused(f"plugin `{plugin}` cannot be used: {found.problem}")
    return found


def propose(found: Found, old: Pin | None, *, wheels: dict[str, WheelPin], source: str, tree: str = "") -> Proposal:
    """What accepting this would mean. Raises WheelRefused, TreeRefused or OSError."""
    manifest = found.manifest
    assert manifest is not None
    if WIRE not in manifest.wire:
        raise WheelRefused(f"plugin `{found.id}` speaks the wire {manifest.wire}, and this program {WIRE}")
    trees = {} if old is None or old.version != manifest.version else old.trees
    pin = Pin(
        version=manifest.version,
        origin=found.origin,
        entry=found.entry,
        manifest=found.manifest_sha256.hex(),
        trees={**trees, key_of(found): found.tree or tree},
        wheels=_joined(old, wheels),
        tools=tools_of(found),
        granted=manifest.capabilities,
        uses=tuple(manifest.uses),
        source=source,
    )
    lines = tuple(described(manifest, pin)) if old is None else tuple(changes(old, pin, manifest))
    return Proposal(plugin=found.id, pin=pin, manifest=manifest, old=old, lines=lines)


def _joined(old: Pin | None, new: dict[str, WheelPin]) -> dict[str, WheelPin]:
    """The files of other platforms stay, as long as the version does."""
    joined = dict(new)
    for name, wheel in new.items():
        before = old.wheels.get(name) if old else None
        if before is not None and before.version == wheel.version:
            joined[name] = WheelPin(version=wheel.version, files={**before.files, **wheel.files})
    return joined
