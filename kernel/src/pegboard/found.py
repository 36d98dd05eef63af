"""What discovery finds of one plugin. Whether it is wanted, locked or allowed is decided elsewhere."""

from enum import Enum

from msgspec import Struct

from pegboard_sdk.wire.manifest import Manifest


class Origin(Enum):
    """Where a plugin is installed, which decides how it is started."""

    OWN = "own"
    """In the kernel's environment: a fork of the spawner."""
    FOREIGN = "foreign"
    """In another environment: that one's interpreter is executed."""
    STORE = "store"
    """Installed by `peg plugin install`: a tree of its own in the store, pinned by the lock."""
    FOLDER = "folder"
    """A folder with a manifest, whose `[run]` says what is executed."""


class Found(Struct, frozen=True, kw_only=True):
    """One plugin, available when `problem` is empty; then `manifest` is set."""

    id: str
    origin: Origin
    source: str
    """For people: the distribution with its version and place, or the folder."""
    problem: str = ""
    manifest: Manifest | None = None
    manifest_path: str = ""
    manifest_sha256: bytes = b""
    entry: str = ""
    """`module:attribute`; empty for a folder."""
    dev: bool = False
    """Editable: its files may change at any time."""
    path: tuple[str, ...] = ()
    """What `sys.path` holds after the standard library."""
    interpreter: str = ""
    """The Python that runs it, where that is not the kernel's."""

    record: str = ""
    """The `.dist-info` folder of the distribution, where there is one."""
    tree: str = ""
    """The hash under which it lies in the store, for a plugin of the store."""

    @property
    def package(self) -> str:
        """The folder of the manifest."""
        return self.manifest_path.rpartition("/")[0]
