"""Compiles what plugins import, so that their next start reads bytecode: they may not write any themselves.

One process at a time, of low priority, below the spawner like all others. It executes nothing of a plugin; what it
writes lies in a folder that plugins only read. The kernel's end waits for it a little: each start after that is quicker
by more, and what is left over the next session does.
"""

import os
import sys
import tempfile
from collections import deque
from typing import Final

import msgspec
import trio

from pegboard.spawner.client import SpawnerClient
from pegboard.spawner.messages import Launch
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.messages import Event

MOST_FILES: Final = 4000
MOST_WAITING: Final = 64
PATIENCE_S: Final = 8.0
"""How long the end of the kernel may wait for what is being compiled."""

PROGRAM: Final = """
import os, sys, py_compile
os.nice(10)
sys.pycache_prefix = sys.argv[1]
for line in open(0, encoding="utf-8", errors="surrogateescape"):
    try:
        py_compile.compile(line.rstrip("\\n"), doraise=True)
    except (py_compile.PyCompileError, OSError, ValueError):
        pass
"""


class Bytecode:
    """What waits to be compiled. `run` works on it until `close`."""

    def __init__(self, spawner: SpawnerClient) -> None:
        self._spawner = spawner
        self._waiting: deque[tuple[Launch, list[str]]] = deque(maxlen=MOST_WAITING)
        self._woken = trio.Event()
        self._idle = trio.Event()
        self._idle.set()
        self._closed = False

    def take(self, launch: Launch, event: Event) -> None:
        """Remember what a plugin of our own environment imported from source, as far as it lies where it may."""
        if launch.argv:
            return
        try:
            named = msgspec.msgpack.decode(event.data, type=list[str])
        except BAD_BODY:
            return
        roots = tuple(f"{root}{os.sep}" for root in (*launch.path, os.path.dirname(os.__file__)))
        files = [name for name in named[:MOST_FILES] if name.startswith(roots) and name.endswith(".py")]
        files = [name for name in files if "\n" not in name and os.path.normpath(name) == name]
        if files:
            self._waiting.append((launch, files))
            self._idle = trio.Event()
            self._woken.set()

    async def close(self) -> None:
        """Finish what was taken, within `PATIENCE_S`, and begin nothing more."""
        with trio.move_on_after(PATIENCE_S):
            await self._idle.wait()
        self._closed = True
        self._woken.set()

    async def run(self) -> None:
        """Compile what is taken, one plugin after another. Failing costs the plugin time, and nothing else."""
        while not self._closed:
            await self._woken.wait()
            self._woken = trio.Event()
            while self._waiting and not self._closed:
                launch, files = self._waiting.popleft()
                try:
                    await self._compile(launch, files)
                except (PegboardError, OSError):
                    self._waiting.clear()
            self._idle.set()

    async def _compile(self, launch: Launch, files: list[str]) -> None:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        with tempfile.TemporaryFile() as names:
            names.write("\n".join(files).encode("utf-8", "surrogateescape"))
            names.seek(0)
            descriptors = (os.dup(names.fileno()), null, os.dup(null), os.dup(null))
            argv = (sys.executable, "-I", "-S", "-B", "-c", PROGRAM, launch.pycache)
            process = await self._spawner.start(Launch(env={}, cwd=launch.cwd, argv=argv), descriptors)
            await process.gone.wait()
