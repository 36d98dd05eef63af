"""Pins of what is installed already, and of what other platforms would be given."""

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace
from packaging.utils import canonicalize_name, parse_wheel_filename

from pegboard.cli.supply.fetching import download_locked
from pegboard.cli.supply.installing import Proposal, propose
from pegboard.cli.supply.lent import OURS
from pegboard.found import Found, Origin
from pegboard.supply.facts import Looking
from pegboard.supply.failure import TreeRefused
from pegboard.supply.lock import Lock, Pin, WheelPin
from pegboard.supply.store import Store
from pegboard_sdk.errors import NotFound


def can_be_pinned(found: Found) -> bool:
    """Not what may change at any time, nor what is pinned by its installation."""
    return not found.dev and found.origin is not Origin.STORE


def pin_installed(found: Found, lock: Lock) -> Proposal:
    """The pin of a plugin outside the store, as it is now. Raises TreeRefused with what is wrong with it."""
    if not can_be_pinned(found):
        what = "is editable: its files may change at any time" if found.dev else "is locked by its installation"
        raise TreeRefused(f"plugin `{found.id}` {what}")
    facts = Looking(Store(Path())).at(found)
    if facts.problem:
        raise TreeRefused(facts.problem)
    return propose(found, lock.plugins.get(found.id), wheels={}, source=found.source, tree=facts.tree)


def with_platform(lock: Lock, platform: str, names: Sequence[str]) -> Lock:
    """The lock with the hashes of the wheels that `platform` gets. Raises NotFound, Unsupported or Upstream."""
    wanted = names or [name for name, pin in lock.plugins.items() if pin.wheels]
    plugins = dict(lock.plugins)
    for name in wanted:
        if name not in plugins or not plugins[name].wheels:
            raise NotFound(f"`{name}` has no wheels in the lock")
        plugins[name] = _with_platform(plugins[name], platform)
    return replace(lock, plugins=plugins)


def _with_platform(pin: Pin, platform: str) -> Pin:
    elsewhere = {name: wheel for name, wheel in pin.wheels.items() if name not in OURS and not _is_pure(wheel)}
    if not elsewhere:
        return pin
    wheels = dict(pin.wheels)
    with tempfile.TemporaryDirectory(prefix="pegboard-") as folder:
        into = Path(folder)
        download_locked([f"{name}=={wheel.version}" for name, wheel in elsewhere.items()], into, platform=platform)
        for path in sorted(into.glob("*.whl")):
            name = canonicalize_name(parse_wheel_filename(path.name)[0])
            files = {**wheels[name].files, path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
            wheels[name] = WheelPin(version=wheels[name].version, files=files)
    return replace(pin, wheels=wheels)


def _is_pure(wheel: WheelPin) -> bool:
    return all(tag.platform == "any" for name in wheel.files for tag in parse_wheel_filename(name)[3])
