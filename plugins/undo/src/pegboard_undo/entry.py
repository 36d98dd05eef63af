"""What one name in the workspace is at one moment, as a value, and when two such values mean the same."""

import stat
from enum import Enum
from os import stat_result

import msgspec
from msgspec import Struct


class Kind(Enum):
    """What stands at a name. Sockets, pipes and devices are `OTHER`: they are seen, and cannot be made again."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


class Entry(Struct, frozen=True, array_like=True):
    """One name. Times are in ns since the epoch, `mode` has the permission bits alone."""

    kind: Kind
    mode: int
    device: int = 0
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    links: int = 1
    content: bytes = b""
    """Of a file the hash under which its bytes are kept, empty where they are not; of a link its target."""
    attributes: dict[str, bytes] = {}
    """Extended ones of the user's, known together with the content."""

    @property
    def version(self) -> tuple[int, ...]:
        """Changes whenever the file, its content or its mode does."""
        return (self.device, self.inode, self.size, self.mtime_ns, self.ctime_ns, self.mode)

    @property
    def is_blank(self) -> bool:
        """Whether it is a file whose content is not kept, or not yet."""
        return self.kind is Kind.FILE and not self.content

    @property
    def body(self) -> tuple[int, ...]:
        """Survives a rename."""
        return (self.device, self.inode, self.size, self.mtime_ns)


class Change(Struct, frozen=True):
    """One path before and after; None where nothing is."""

    path: str
    before: Entry | None
    after: Entry | None


_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.LINK}


def entry_of(found: stat_result) -> Entry:
    """What `lstat` says; of a link without its target."""
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), Kind.OTHER)
    return Entry(
        kind,
        stat.S_IMODE(found.st_mode),
        found.st_dev,
        found.st_ino,
        0 if kind is Kind.FOLDER else found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        1 if kind is Kind.FOLDER else found.st_nlink,
    )


def with_content(entry: Entry, content: bytes, attributes: dict[str, bytes] | None = None) -> Entry:
    """The same with what is in it."""
    return msgspec.structs.replace(entry, content=content, attributes=attributes or {})


def is_same(one: Entry | None, other: Entry | None) -> bool:
    """Whether a person would call them the same: times do not count where contents are known. What was never kept, on
    both sides, is known by its inode, size and time."""
    if one is None or other is None:
        return one is other
    if one.kind is not other.kind:
        return False
    match one.kind:
        case Kind.LINK:
            return one.content == other.content
        case Kind.FOLDER:
            return one.mode == other.mode
        case Kind.OTHER:
            return one.body == other.body
    if one.mode != other.mode:
        return False
    if one.content and other.content:
        return one.content == other.content and one.attributes == other.attributes
    if one.content or other.content:
        return one.version == other.version
    return one.body == other.body


def is_exact(one: Entry | None, other: Entry | None) -> bool:
    """Whether nothing at all is left to put back, times included."""
    if one is None or other is None:
        return one is other
    return is_same(one, other) and (one.kind is Kind.OTHER or one.mtime_ns == other.mtime_ns)
