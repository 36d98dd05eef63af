"""Imports only what was accepted: runs first in the process of a stored plugin, before anything of its tree.

The kernel passes this file as text to an interpreter that reads no site and no variable (`-I -S`). The list of files in
the tree proves itself by the hash that the kernel gives. Each module is read once, hashed, and executed from the bytes
that were hashed, so that who exchanges a file after the kernel's check has nothing but a failed start. It rests on the
standard library alone, and nothing of the kernel's is imported there.
"""

import _imp
import hashlib
import os
import sys
from functools import partial
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType
from typing import Any

LISTING = ".listing"


class Refused(ImportError):
    """A file is not the one that was accepted."""


class Tree:
    """The accepted files below `root`."""

    def __init__(self, root: str, tree: str) -> None:
        self.root = root
        with open(os.path.join(root, LISTING), "rb") as file:
            listing = file.read()
        if hashlib.sha256(listing).hexdigest() != tree:
            raise Refused(f"{root}: its list of files is not the one that was accepted; install the plugin again")
        lines = (line.split(" ", 2) for line in listing.decode().splitlines() if line[0] != "d")
        self.hashes = {path: sha256 for _, sha256, path in lines}
        self.by_path = any(".libs/" in path for path in self.hashes)
        """Extensions find libraries of their own beside them, so they cannot be loaded from memory."""

    def read(self, path: str) -> bytes:
        """The bytes of an accepted file. Raises Refused, or OSError where there is none."""
        with open(path, "rb", buffering=0) as file:
            data = file.readall()
        if hashlib.sha256(data).hexdigest() != self.hashes.get(os.path.relpath(path, self.root)):
            raise Refused(f"{path} is not the file that was accepted; install the plugin again")
        return data

    def hook(self, path: str) -> FileFinder:
        """Finds modules below the root, and nowhere else."""
        if path != self.root and not path.startswith(self.root + os.sep):
            raise ImportError(path)
        loaders: list[Any] = [(partial(Extension, self), EXTENSION_SUFFIXES), (partial(Source, self), [".py"])]
        return FileFinder(path, *loaders)


class Source(SourceFileLoader):
    """Reads source, bytecode and data through the tree."""

    def __init__(self, tree: Tree, name: str, path: str) -> None:
        super().__init__(name, path)
        self.tree = tree

    def get_data(self, path: str) -> bytes:
        """Called for bytecode first, then for source. A refusal is no OSError, so it ends the import."""
        return self.tree.read(os.fspath(path))


class Extension(ExtensionFileLoader):
    """Loads machine code from sealed memory."""

    def __init__(self, tree: Tree, name: str, path: str) -> None:
        super().__init__(name, path)
        self.tree = tree

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Raises Refused or ImportError."""
        data = self.tree.read(self.path)
        if self.tree.by_path or not hasattr(os, "memfd_create"):
            return super().create_module(spec)
        # Left open: the linker goes by names, and takes a number that is used again for what it has already.
        hidden = ModuleSpec(spec.name, self, origin=f"/proc/self/fd/{sealed(data)}")
        module: ModuleType = _imp.create_dynamic(hidden)
        module.__file__ = self.path
        return module


def sealed(data: bytes) -> int:
    """A descriptor of memory that holds `data` and can never change."""
    import fcntl  # noqa: PLC0415 - not there where there is no such memory

    descriptor = os.memfd_create("module", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return descriptor


def main(arguments: list[str]) -> Any:  # noqa: ANN401 - the host's status
    """HASH ENTRY PACKAGE PREFIX TREE: serve the plugin with the SDK of its tree; the exit status."""
    tree, entry, package, prefix, root = arguments
    sys.prefix = sys.exec_prefix = prefix
    try:
        accepted = Tree(root, tree)
    except (Refused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 70
    sys.path_hooks.insert(0, accepted.hook)
    sys.path_importer_cache.clear()
    sys.path.append(root)
    import_module("pegboard_sdk.posix").forbid_dump()
    host = import_module("pegboard_sdk.host")
    return host.serve(entry, read_fd=0, write_fd=1, passing_fd=3, package_dir=package)
