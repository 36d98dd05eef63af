"""What is known of one path once it was resolved: plain values, no I/O. `place` makes them, the judge reads them."""

from enum import Enum, IntEnum

from msgspec import Struct

from pegboard_sdk.wire.manifest import Access


class Sensitivity(IntEnum):
    """What a name stands for, from harmless to forbidden: several names of one object take the maximum."""

    ORDINARY = 0
    UNSHOWABLE = 1
    """Cannot be shown on one line, or reads like something else: asks."""
    SYSTEM = 2
    """An interface of the operating system (/proc, /sys, /dev): only a rule that names it exactly allows."""
    CREDENTIAL = 3
    """Reading asks."""
    PROTECTED = 4
    """A later tool executes or obeys it: writing asks."""
    OWN = 5
    """Our own configuration, grants, journals, store or policy: writing is denied, reading asks."""
    TOKEN = 6
    """A key of ours that admits a remote device: denied."""
    DISGUISED = 7
    """Another spelling of one of the above, or text that no prompt can show faithfully: denied."""


class FileKind(Enum):
    """The type of the object that was opened, never of a link that led to it."""

    NONE = "nothing"
    FILE = "file"
    FOLDER = "folder"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"


class PathFacts(Struct, frozen=True, kw_only=True):
    """One path as asked for, and the object that it led to. `real` and `names` are absolute."""

    asked: str
    shown: str
    """Relative to the workspace (`.` is its root), or absolute outside it."""
    access: Access
    inside: bool
    exists: bool
    kind: FileKind
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    links: int = 1
    device: int = 0
    inode: int = 0
    trouble: str = ""
    """Why it could not be resolved to one plain object; asks."""
    real: str = ""
    """Where the object was reached, every link followed."""
    names: tuple[str, ...] = ()
    """Its other names: as asked for, and hard links in the workspace. Deny rules bind them too."""
    elsewhere: int = 0
    """Hard links that were not found in the workspace."""
    uncounted: bool = False
    """The search for hard links ended at its limit: a denied name may have been missed."""
    root: str = ""
    base: str = ""
    """The root that holds it: the workspace, or a folder that was added to it."""
    home: str = ""
