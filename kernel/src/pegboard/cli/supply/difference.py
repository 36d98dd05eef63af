"""What a pin says of a plugin, and how two pins differ, in lines that a person judges by. Pure."""

from collections.abc import Iterator
from typing import Final

from pegboard.supply.lock import Pin
from pegboard_sdk.wire.manifest import Capabilities, Manifest, ToolEntry

LISTS: Final = ("read", "write", "net", "env", "secrets", "devices")
FLAGS: Final = ("exec", "terminal")


def asked(wanted: Capabilities) -> list[str]:
    """The rights that a manifest asks for, a line each."""
    lines = [f"{name}: {', '.join(getattr(wanted, name))}" for name in LISTS if getattr(wanted, name)]
    return lines + [name for name in FLAGS if getattr(wanted, name)]


def described(manifest: Manifest, pin: Pin) -> Iterator[str]:
    """A plugin that is new here: hash, rights, and each tool with its text."""
    yield f"{manifest.id} {manifest.version}: {manifest.summary}"
    yield from (f"  tree {tree} ({key})" for key, tree in sorted(pin.trees.items()))
    for name, wheel in sorted(pin.wheels.items()):
        yield from (f"  {file} sha256:{sha256}" for file, sha256 in sorted(wheel.files.items()))
        if not wheel.files:
            yield f"  {name} {wheel.version}"
    lines = asked(manifest.capabilities)
    yield from (f"  asks for {line}" for line in lines)
    if not lines:
        yield "  asks for no rights of its own"
    if manifest.uses:
        yield f"  may call {', '.join(manifest.uses)}"
    for tool in manifest.tool:
        yield from _told(tool)
    yield from (f"  hook {hook.name} ({hook.kind.value})" for hook in manifest.hook)


def changes(old: Pin, new: Pin, manifest: Manifest) -> Iterator[str]:
    """What an update changes; nothing when it is the same in all that counts."""
    if old.version != new.version:
        yield f"version {old.version} becomes {new.version}"
    for key in sorted({*old.trees, *new.trees}):
        if key in new.trees and old.trees.get(key) != new.trees[key]:
            yield f"tree {old.trees.get(key, 'none')} becomes {new.trees[key]} ({key})"
    yield from _rights(old.granted, manifest.capabilities)
    yield from (f"asks to call {name}" for name in manifest.uses if name not in old.uses)
    entries = {tool.name: tool for tool in manifest.tool}
    for name in sorted({*old.tools, *new.tools}):
        if name not in new.tools:
            yield f"tool {name} is gone"
        elif name not in old.tools:
            yield f"tool {name} is new"
            yield from _told(entries[name])
        else:
            if old.tools[name].text != new.tools[name].text:
                yield f"tool {name} says something else of itself now"
                yield from _told(entries[name])
            if old.tools[name].schema != new.tools[name].schema:
                yield f"tool {name} takes other arguments now"
    yield from _wheels(old, new)


def _rights(old: Capabilities, new: Capabilities) -> Iterator[str]:
    for name in LISTS:
        before, after = getattr(old, name), getattr(new, name)
        yield from (f"asks for {name}: {one}" for one in after if one not in before)
        yield from (f"no longer asks for {name}: {one}" for one in before if one not in after)
    for name in FLAGS:
        if getattr(old, name) != getattr(new, name):
            yield f"asks for {name}" if getattr(new, name) else f"no longer asks for {name}"


def _wheels(old: Pin, new: Pin) -> Iterator[str]:
    for name in sorted({*old.wheels, *new.wheels}):
        before, after = old.wheels.get(name), new.wheels.get(name)
        if before is None and after is not None:
            yield f"needs {name} {after.version}, which is new"
        elif after is None and before is not None:
            yield f"no longer needs {name} {before.version}"
        elif before is not None and after is not None and before.version != after.version:
            yield f"{name} {before.version} becomes {after.version}"


def _told(tool: ToolEntry) -> Iterator[str]:
    effects = ", ".join(effect.value for effect in tool.effects) or "none"
    yield f"  tool {tool.name} (effects: {effects}) tells the model:"
    yield from (f"    {line}" for line in tool.description.splitlines())
