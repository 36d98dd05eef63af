"""Who may start: pure decisions over facts, lock and rules, and the facts of plugins outside the store."""

import os
from pathlib import Path

import msgspec
import pytest

from pegboard.discovery import Environment, discover
from pegboard.found import Origin
from pegboard.places import Places
from pegboard.supply.admitting import Supply
from pegboard.supply.check import Reason, Rules, check
from pegboard.supply.facts import Facts, Looking
from pegboard.supply.failure import TreeRefused
from pegboard.supply.lock import Authority, Lock, Locked, Pin, ToolPin
from pegboard.supply.store import Store
from pegboard_sdk.errors import PermissionDenied

A, B = "a" * 64, "b" * 64
TOOLS = {"say": ToolPin(schema=A, text=A)}
FACTS = Facts(id="words", origin=Origin.STORE, key="k", entry="w:p", tree=A, manifest=A, tools=TOOLS)
PIN = Pin(version="1", origin=Origin.STORE, entry="w:p", manifest=A, trees={"k": A}, tools=TOOLS)
DEV = Facts(id="words", origin=Origin.OWN, dev=True)


def locked(*, managed: bool = False, **pins: Pin) -> Locked:
    authority = Authority.MANAGED if managed else Authority.USER
    return Locked(Lock(schema=1, plugins=pins), authority, Path("/etc/pegboard/plugins.lock"))


def changed(what: object, **fields: object) -> object:
    return msgspec.structs.replace(what, **fields)


@pytest.mark.parametrize(
    ("facts", "lock", "rules", "reason"),
    [
        (FACTS, locked(words=PIN), Rules(), None),
        (FACTS, locked(words=PIN), Rules(allowed={"words": (A,)}), None),
        (FACTS, locked(words=PIN), Rules(allowed={"words": ()}), None),
        (FACTS, locked(managed=True, words=PIN), Rules(), None),
        (FACTS, locked(), Rules(), Reason.UNLOCKED),
        (FACTS, locked(words=PIN), Rules(allowed={}), Reason.UNLISTED),
        (FACTS, locked(words=PIN), Rules(allowed={"words": (B,)}), Reason.BANNED),
        (FACTS, locked(managed=True), Rules(), Reason.UNLISTED),
        (changed(FACTS, tree=B), locked(words=PIN), Rules(), Reason.TREE),
        (changed(FACTS, key="other"), locked(words=PIN), Rules(), Reason.TREE),
        (changed(FACTS, manifest=B), locked(words=PIN), Rules(), Reason.MANIFEST),
        (changed(FACTS, entry="os:system"), locked(words=PIN), Rules(), Reason.MANIFEST),
        (changed(FACTS, tools={}), locked(words=PIN), Rules(), Reason.TOOLS),
        (changed(FACTS, tools={"say": ToolPin(schema=A, text=B)}), locked(words=PIN), Rules(), Reason.TOOLS),
        (changed(FACTS, tools={"say": ToolPin(schema=B, text=A)}), locked(words=PIN), Rules(), Reason.TOOLS),
        (changed(FACTS, tools={**TOOLS, "more": ToolPin(text=A)}), locked(words=PIN), Rules(), Reason.TOOLS),
        (changed(FACTS, problem="a link"), locked(words=PIN), Rules(), Reason.TREE),
        (changed(FACTS, origin=Origin.OWN), locked(words=PIN), Rules(), Reason.ORIGIN),
        (DEV, locked(), Rules(), None),
        (DEV, locked(), Rules(dev=False), Reason.DEV),
        (DEV, locked(), Rules(allowed={"words": (A,)}), Reason.DEV),
        (DEV, locked(managed=True, words=PIN), Rules(), Reason.DEV),
        (DEV, locked(words=PIN), Rules(), Reason.ORIGIN),
        (changed(FACTS, origin=Origin.OWN), locked(), Rules(), None),
        (changed(FACTS, origin=Origin.OWN), locked(), Rules(unlocked=False), Reason.UNLOCKED),
        (changed(FACTS, origin=Origin.OWN), locked(), Rules(unlocked=False, allowed={"words": (A,)}), None),
    ],
)
def test_who_may_start(facts: Facts, lock: Locked, rules: Rules, reason: Reason | None) -> None:
    admission = check(facts, lock, rules)
    assert admission.reason is reason
    assert msgspec.json.decode(msgspec.json.encode(admission), type=type(admission)) == admission, "fit for a journal"
    if reason is None:
        admission.require()
    else:
        decision = reason in (Reason.UNLISTED, Reason.DEV, Reason.BANNED, Reason.UNLOCKED)
        with pytest.raises(PermissionDenied if decision else TreeRefused, match="`words` does not start"):
            admission.require()


def own(site: Path, name: str = "alpha") -> Path:
    """A distribution as pip leaves it."""
    package = site / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("x = 1\n")
    (package / "pegboard.toml").write_text(f'schema = 1\nid = "{name}"\nversion = "1.0"\n')
    (site / f"{name}_help.py").write_text("y = 1\n")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text(f"[pegboard.plugins]\n{name} = {name}:plugin\n")
    (info / "INSTALLER").write_text("pip\n")
    (info / "RECORD").write_text(
        f"{name}/__init__.py,,\n{name}/pegboard.toml,,\n{name}_help.py,,\n{name}/__pycache__/__init__.cpython-311.pyc,,\n"
        f"../../bin/x,,\n{info.name}/RECORD,,\n{info.name}/INSTALLER,,\n{info.name}/entry_points.txt,,\n"
    )
    return package


def supply_for(places: Places, site: Path, rules: Rules | None = None) -> Supply:
    """With a lock of what `site` holds now."""
    (found,) = discover([Environment((site,))])
    facts = Looking(Store(site)).at(found)
    assert facts.problem == ""
    pin = Pin(version="1.0", origin=Origin.OWN, entry=found.entry, manifest=facts.manifest, trees={"here": facts.tree})
    return Supply(places, rules, locked=locked(alpha=pin))


ELSE = "[pegboard.plugins]\nalpha = os:system\n"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda package: (package / "__init__.py").write_text("x = 2\n"),
        lambda package: (package.parent / "alpha_help.py").write_text("y = 2\n"),
        lambda package: (package.parent / "alpha_help.py").unlink(),
        lambda package: (package / "more.py").write_text(""),
        lambda package: (package / "more.so").symlink_to("/etc/passwd"),
        lambda package: (package.parent / "alpha-1.0.dist-info/entry_points.txt").write_text(ELSE),
        lambda package: os.link(package / "__init__.py", package.parent.parent / "handle"),
    ],
)  # fmt: skip
def test_a_locked_plugin_of_an_environment_is_what_it_was(places: Places, tmp_path: Path, tamper) -> None:
    package = own(tmp_path / "site")
    supply = supply_for(places, tmp_path / "site")
    (found,) = discover([Environment((tmp_path / "site",))])
    assert supply.check(found).reason is None
    (package / "__pycache__").mkdir()
    (package / "__pycache__/__init__.cpython-311.pyc").write_bytes(b"is not read there")
    (package.parent / "beta.py").write_text("another package's")
    assert supply.check(found).reason is None
    tamper(package)
    (found,) = discover([Environment((tmp_path / "site",))])
    assert supply.check(found).reason is not None


def test_without_a_lock_nothing_of_an_environment_is_read(places: Places, tmp_path: Path) -> None:
    package = own(tmp_path / "site")
    (found,) = discover([Environment((tmp_path / "site",))])
    (package / "__init__.py").unlink()
    os.mkfifo(package / "__init__.py")
    assert Supply(places).check(found).reason is None


def test_hashes_are_remembered_only_of_what_this_user_cannot_write(shelved, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []
    real = __import__("pegboard.supply.facts", fromlist=["read_tree"]).read_tree
    monkeypatch.setattr("pegboard.supply.facts.read_tree", lambda *a: (reads.append(a), real(*a))[1])
    supply, found = shelved.supply, shelved.found
    assert supply.check(found) == supply.check(found)
    assert len(reads) == 2
    monkeypatch.setattr("pegboard.supply.facts._may_write", lambda _: False)
    assert supply.check(found).reason is None
    assert supply.check(found).reason is None
    assert len(reads) == 3
    (shelved.root / "words_plugin/words.py").write_text("WORD = 'other'\n")
    assert supply.check(found).reason is Reason.TREE
