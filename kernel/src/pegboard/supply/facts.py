"""What a plugin is at this moment, read by descriptor and hashed: the look at the world that `check` judges by."""

import hashlib
import os
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.json import encode
from msgspec.structs import replace

from pegboard.found import Found, Origin
from pegboard.supply.failure import TreeRefused
from pegboard.supply.lock import Pin, ToolPin
from pegboard.supply.store import Store, platform_key
from pegboard.supply.tree import LISTING, Scan, Tree, prints_of, read_file, read_tree
from pegboard_sdk.wire.manifest import MAX_MANIFEST_BYTES, ToolEntry

MOST_SCHEMA: Final = 1 << 20


class Facts(Struct, frozen=True, kw_only=True):
    """`problem` is why it could not be looked at whole; then the hashes are empty."""

    id: str
    origin: Origin
    dev: bool = False
    key: str = ""
    """Which of a pin's trees it has to be."""
    entry: str = ""
    tree: str = ""
    manifest: str = ""
    tools: dict[str, ToolPin] = {}
    problem: str = ""
    changed: str = ""
    """Which files differ from the accepted ones, where that is known."""


class Looking:
    """Looks at plugins, and remembers hashes while the kernel lives, but only of trees that this user cannot write."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[object, Tree]] = {}

    def at(self, found: Found, pin: Pin | None = None, *, whole: bool = True) -> Facts:
        """The facts of one plugin. Never raises for what is there. Without `whole` no file is read."""
        facts = Facts(id=found.id, origin=found.origin, dev=found.dev, key=key_of(found), entry=found.entry)
        if not whole or found.dev or found.problem:
            return replace(facts, problem=found.problem)
        try:
            tree = self._tree(found)
            return replace(
                facts,
                tree=tree.sha256,
                manifest=_manifest_of(found),
                tools=tools_of(found),
                changed=self._changed(found, pin, tree),
            )
        except TreeRefused as error:
            return replace(facts, problem=error.message)
        except (OSError, ValueError) as error:
            return replace(facts, problem=f"{found.source} cannot be read: {error}")

    def _tree(self, found: Found) -> Tree:
        if found.origin is Origin.STORE:
            return self._stored(found)
        if found.origin is Origin.FOLDER:
            return read_tree(Path(found.package))
        from pegboard.supply.recorded import read_recorded  # noqa: PLC0415 - only where such a one is locked

        return read_recorded(Path(found.record), Path(found.package))

    def _stored(self, found: Found) -> Tree:
        root = self._store.path(found.tree)
        fixed = not _may_write(root)
        prints = prints_of(root) if fixed else ()
        known = self._known.get(found.tree)
        if known is not None and fixed and known[0] == prints:
            return known[1]
        tree = read_tree(root, Scan(kept=LISTING))
        if self._store.listing(found.tree) != tree.listing and tree.sha256 == found.tree:
            raise TreeRefused(f"{root / LISTING} was changed; reinstall the plugin")
        if fixed and prints == prints_of(root):
            self._known[found.tree] = (prints, tree)
        return tree

    def _changed(self, found: Found, pin: Pin | None, tree: Tree) -> str:
        if pin is None or found.origin is not Origin.STORE or pin.trees.get(platform_key()) == tree.sha256:
            return ""
        return self._store.inspect(found.tree)


def key_of(found: Found) -> str:
    """Bytecode and machine code make trees of the store differ by platform; elsewhere only one tree is meant."""
    return platform_key() if found.origin is Origin.STORE else "here"


def tools_of(found: Found) -> dict[str, ToolPin]:
    """What it tells models, hashed: each entry whole, and its schema. Raises OSError or TreeRefused for a schema."""
    return {tool.name: _tool(found.package, tool) for tool in (found.manifest.tool if found.manifest else ())}


def _tool(package: str, tool: ToolEntry) -> ToolPin:
    schema = hashlib.sha256(read_file(Path(package, tool.input), MOST_SCHEMA)).hexdigest() if tool.input else ""
    return ToolPin(schema=schema, text=hashlib.sha256(encode(tool, order="deterministic")).hexdigest())


def _manifest_of(found: Found) -> str:
    """As it lies there now, which must be what the kernel goes by."""
    digest = hashlib.sha256(read_file(Path(found.manifest_path), MAX_MANIFEST_BYTES)).digest()
    if digest != found.manifest_sha256:
        raise TreeRefused(f"{found.manifest_path} was changed since it was read; start again")
    return digest.hex()


def _may_write(root: Path) -> bool:
    """Whether this user can change anything below `root`, or could by giving itself the right."""
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    for folder in (root, root.parent):
        try:
            owner = folder.lstat().st_uid
        except OSError:
            return True
        if user in (0, owner) or os.access(folder, os.W_OK):
            return True
    return False
