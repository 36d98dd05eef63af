"""What every confined process sees beside its grants: programs, libraries, certificates. Nothing of a user's."""

import os
import sys
from collections.abc import Iterable
from typing import Final

from pegboard.sandbox.confinement import Confinement

PROGRAMS: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store")
SETTINGS: Final = (
    "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/ssl/certs", "/etc/ssl/openssl.cnf",
    "/etc/ssl/cert.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted", "/etc/ca-certificates/extracted",
    "/etc/nsswitch.conf", "/etc/protocols", "/etc/services", "/etc/mime.types",
)  # fmt: skip
NAMES_OF_HOSTS: Final = ("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf")
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
TERMINAL: Final = "/dev/tty"
CLASSES: Final = {"audio": ("/dev/snd",)}
"""Device classes of a manifest."""
SECRETS: Final = (
    "/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/kmsg", "/proc/kpagecgroup", "/proc/kpagecount",
    "/proc/kpageflags", "/proc/slabinfo", "/proc/timer_list",
)  # fmt: skip
"""Of /proc, what a user 0 without capabilities may read as its owner."""
FACTS: Final = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version", "/proc/filesystems", "/proc/uptime")
"""Of /proc, what says nothing about anybody's process."""


def devices(confinement: Confinement) -> list[str]:
    """Those that a confinement has."""
    paths = [*DEVICES, *((TERMINAL,) if confinement.terminal else ())]
    paths += [path for name in confinement.devices for path in CLASSES[name]]
    return [path for path in paths if os.path.exists(path)]


def python() -> tuple[str, ...]:
    """The installation of this interpreter, where it is not among the system's programs."""
    roots = dict.fromkeys(os.path.realpath(root) for root in (sys.base_prefix, sys.base_exec_prefix))
    return tuple(root for root in roots if not is_below(root, PROGRAMS))


def is_below(path: str, roots: Iterable[str]) -> bool:
    """Whether `path` is one of `roots` or lies below one."""
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)
