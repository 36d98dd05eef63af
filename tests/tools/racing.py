"""Four processes swap names and contents as fast as they can while the gate judges and the files plugin works
through the judged descriptors. Counts what was reached that never may be."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.facts import Facts
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Verdict
from pegboard.places import Places
from pegboard_files.judged import load, store
from pegboard_sdk import ToolFailed
from pegboard_sdk.context import FileHandle, file_handle
from pegboard_sdk.errors import PegboardError

POLICY = Policy(rules=tuple(Rule.parse(text, Verdict.ALLOW) for text in ("read_file(**)", "write_file(**)")))
SWAP = """
import ctypes, os, sys
swap, words = ctypes.CDLL(None).renameat2, [word.encode() for word in sys.argv[1:]]
pairs = [(os.open(words[at], os.O_RDONLY), *words[at + 1 : at + 3]) for at in range(0, len(words), 3)]
os.nice(5)
print("ready", flush=True)
while True:
    for folder, one, other in pairs:
        swap(folder, one, folder, other, 2)
"""
"""Exchanges two names of a folder that is held, for each three arguments."""
CONTENT = """
import os, sys
os.chdir(sys.argv[1])
os.nice(5)
print("ready", flush=True)
while True:
    for text in (b"inside 1", b"inside 2, and longer"):
        with open("c.swap", "wb") as file:
            file.write(text)
        os.replace("c.swap", "c")
        with open("c", "r+b") as file:
            file.truncate(3)
            file.write(text)
"""
SECRET = b"outside"
USES = (
    ("read_file", "d/x"), ("read_file", "f"), ("read_file", "{root}/d/x"), ("read_file", "d/e/x"), ("read_file", "c"),
    ("read_file", "l/x"), ("read_file", "d/../f"), ("write_file", "f"), ("write_file", "d/new{n}"),
    ("write_file", "{root}/d/x"), ("write_file", "c"), ("write_file", "d/e/deep/new{n}"), ("read_file", "g"),
)  # fmt: skip
"""Tools and paths, tried in turn; each passes through something that is being swapped."""


class World:
    """A workspace, the same again beside it, and a folder outside with files that hold `SECRET`."""

    def __init__(self, top: Path) -> None:
        self.root, self.other, self.outside = top / "w", top / "other", top / "o"
        for folder, text in ((self.root, b"inside"), (self.other, SECRET)):
            (folder / "d/e").mkdir(parents=True)
            for name in ("d/x", "d/e/x", "f", "c"):
                (folder / name).write_bytes(text)
        (self.other / "twin").touch()
        (self.outside / "e").mkdir(parents=True)
        for name in ("x", "e/x"):
            (self.outside / name).write_bytes(SECRET)
        (self.root / "l").symlink_to(self.outside)
        (self.root / "d/le").symlink_to(self.outside / "e")
        (self.root / "g").symlink_to(self.outside / "x")
        self.before = self.state()

    def state(self) -> dict[str, bytes]:
        """Every file that must stay as it is, but for what is below the name of the workspace."""
        return {str(path): path.read_bytes() for path in sorted(self.outside.rglob("*")) if path.is_file()}

    @contextmanager
    def racers(self) -> Iterator[None]:
        """Folder with link, file with link, contents, and the workspace with another folder, all at the same time."""
        root, top = self.root, self.root.parent
        names = [
            (SWAP, [root, "d", "l", root / "d", "e", "le"]),
            (SWAP, [root, "f", "g"]),
            (CONTENT, [root]),
            (SWAP, [top, root.name, self.other.name]),
        ]
        with ExitStack() as stack:
            for script, args in names:
                racer = subprocess.Popen([sys.executable, "-I", "-c", script, *map(str, args)], stdout=subprocess.PIPE)
                stack.callback(racer.communicate)
                stack.callback(racer.send_signal, signal.SIGKILL)
                assert racer.stdout is not None
                assert racer.stdout.readline() == b"ready\n"
            yield


def race(tries: int, seconds: float = float("inf")) -> Counter[str]:
    """At most so many uses, for at most so long: how many were `done` and `refused`, and how many are an `escape`."""
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=fast) as name:
        top = Path(name).resolve()
        world, found, end = World(top), Counter[str](), time.monotonic() + seconds
        own = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), top / "own"))
        with Place.open(world.root, str(top / "h"), own) as place, world.racers():
            for number in range(tries):
                if time.monotonic() > end:
                    break
                tool, path = USES[number % len(USES)]
                spelt = path.format(root=world.root, n=number % 50)
                found[attempt(place, tool, spelt)] += 1
                found["tries"] += 1
        found["escape"] += sum(world.state().get(name) != text for name, text in world.before.items())
        found["escape"] += len(world.state().keys() - world.before.keys())
        twin = next(one for one in (world.root, world.other) if os.path.lexists(one / "twin"))
        return found + Counter(escape=sum((twin / name).read_bytes() != SECRET for name in ("f", "c", "d/x", "d/e/x")))


def attempt(place: Place, tool: str, path: str) -> str:
    """One use as a call makes it: judged, and carried out on the descriptors that were judged."""
    with resolve(SHIPPED[tool], {"path": path}, place, POLICY) as facts:
        if judge(POLICY, facts).verdict is not Verdict.ALLOW:
            return "refused"
        try:
            handle = granted(facts)
            if tool == "write_file":
                store(handle, b"inside, written", load(handle))
                return "done"
            return "escape" if SECRET in os.pread(handle.fd, 100, 0) else "done"
        except (PegboardError, ToolFailed):
            return "refused"


def granted(facts: Facts) -> FileHandle:
    """What the plugin is given. Raises PegboardError when there is nothing that could be."""
    with suppress(KeyError):
        return file_handle(facts.files["path"], list(facts.descriptors))
    raise ToolFailed("no such grant")
