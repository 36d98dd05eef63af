"""What a process may reach, as values. Who is granted what, others decide; the rest of the package enforces it."""

from enum import Enum

from msgspec import Struct


class Tier(Enum):
    """Which mechanism stands between a process and the machine; the names are those that people read."""

    FORKED = "T1f"
    """Namespaces, mounts, Landlock and seccomp, made by the forked process itself before foreign code runs in it."""
    EXECUTED = "T1"
    """bubblewrap, with seccomp, and Landlock on top."""
    LANDLOCK = "T2"
    """Landlock and seccomp alone, where there are no user namespaces."""
    SEATBELT = "T3"
    """macOS."""
    NONE = "T0"
    """Nothing."""


class Network(Enum):
    """What of the network a process sees."""

    NONE = "none"
    PROXY = "proxy"
    """Only the kernel's proxy, which lets granted hosts through."""
    HOST = "host"
    """All of it, as the user has it."""


class Bounds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Resources; 0 is no bound. Bytes, numbers, seconds of processor time."""

    memory_bytes: int = 0
    processes: int = 0
    file_bytes: int = 0
    cpu_s: int = 0


class Confinement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Paths are absolute and real. What is not named cannot be seen, but for the system's programs and libraries."""

    tier: Tier
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()
    """Not to be seen, but descriptors of what lies below are handed over while it runs: Landlock lets those work."""
    shut: tuple[str, ...] = ()
    """Below `write`, and read-only all the same, existing or not: names that later tools obey. One that ends in `/` is
    held as a folder while it is missing, any other as a file."""
    hidden: tuple[str, ...] = ()
    """Below `read` or `write`, and shown empty: what a rule denies."""
    network: Network = Network.NONE
    execute: bool = False
    """Whether it may start other programs than its own interpreter."""
    terminal: bool = False
    """A front-end: it keeps the kernel's terminal session and sees /dev/tty alone of the devices."""
    devices: tuple[str, ...] = ()
    scratch: str = ""
    """The folder that it has as /tmp; empty for one that is gone with it."""
    home: str = ""
    """Where a home folder is expected: in its place stands `scratch`/home, which is writable and holds nothing of a
    user's. What is granted below it stays."""
    user: int = -1
    """The identity to take when the kernel runs as root: the workspace's owner; -1 keeps its own."""
    group: int = -1
    bounds: Bounds = Bounds()
