"""A race against the start of a stored plugin: another process exchanges its tree, or one of its files, all the time.

    python swapping.py RACER TREE EVIL     the racer, until it is killed

`race` starts the plugin again and again as the kernel does: look, check, and the interpreter only when it was admitted.
The evil twin writes a mark when any of its code runs.
"""

import ctypes
import itertools
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from pegboard.discovery import Stored, discover
from pegboard.found import Found, Origin
from pegboard.supply.admitting import Supply
from pegboard.supply.lock import Authority, Lock, Locked, Pin
from pegboard.supply.starting import verified_argv
from pegboard.supply.store import Store, platform_key
from pegboard.supply.tree import LISTING, read_tree

EXCHANGE = 2
HERE = -100

HOST = """
def serve(entry, **_):
    import importlib
    print(importlib.import_module(entry.partition(":")[0]).WORD)
    return 0
"""
FILES = {
    "pegboard_sdk/__init__.py": "",
    "pegboard_sdk/posix.py": "def forbid_dump(): pass\n",
    "pegboard_sdk/host.py": HOST,
    "words_plugin/__init__.py": "from words_plugin.inner import WORD\n",
    "words_plugin/inner.py": "WORD = 'good'\n",
    "words_plugin/pegboard.toml": 'schema = 1\nid = "words"\nversion = "1.0"\n',
    "words_plugin-1.0.dist-info/entry_points.txt": "[pegboard.plugins]\nwords = words_plugin:plugin\n",
    "words_plugin-1.0.dist-info/RECORD": "words_plugin/pegboard.toml,,\n",
}


def lay(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def shelve(places, files: dict[str, str] | None = None) -> tuple[Found, Supply]:
    """Put a tree of these files into the store of `places`, accept it, and find its plugin."""
    part = places.data / "store" / "part"
    lay(part, files or FILES)
    tree = read_tree(part)
    (part / LISTING).write_bytes(tree.listing)
    part.rename(part.with_name(tree.sha256))
    (found,) = discover((), stored=(Stored("words", Store(places.data / "store").path(tree.sha256)),))
    assert found.manifest is not None, found.problem
    pin = Pin(
        version="1.0",
        origin=Origin.STORE,
        entry=found.entry,
        manifest=found.manifest_sha256.hex(),
        trees={platform_key(): tree.sha256},
    )
    locked = Locked(Lock(schema=1, plugins={"words": pin}), Authority.USER, places.config / "plugins.lock")
    return found, Supply(places, locked=locked)


def careless_argv(found: Found) -> tuple[str, ...]:
    """A start that rests on the check before it alone."""
    program = "import sys; sys.path.append(sys.argv[1]); from pegboard_sdk import host; host.serve(sys.argv[2])"
    return (sys.executable, "-I", "-S", "-B", "-c", program, found.path[0], found.entry)


def race(places, tries: int, command=verified_argv) -> Counter[str]:
    """Start it so often under attack, and count what came of it; `evil` must not be among it."""
    found, supply = shelve(places)
    root, evil, mark = Path(found.path[0]), places.data / "evil", places.data / "mark"
    shutil.copytree(root, evil)
    for module in ("pegboard_sdk/__init__.py", "words_plugin/inner.py"):
        (evil / module).write_text(f"open({str(mark)!r}, 'w').close()\nWORD = 'evil'\n")
    counts: Counter[str] = Counter()
    attacker = subprocess.Popen([sys.executable, __file__, "RACER", str(root), str(evil)])
    try:
        for _ in range(tries):
            counts[_once(found, supply, command)] += 1
            if mark.exists():
                counts["evil"] += 1
                mark.unlink()
    finally:
        attacker.kill()
        attacker.wait()
    return counts


def _once(found: Found, supply: Supply, command) -> str:
    if supply.check(found).reason is not None:
        return "refused by the check"
    done = subprocess.run(command(found), capture_output=True, text=True, check=False, env={}, timeout=60)
    if done.returncode == 0:
        return done.stdout.strip()
    return "refused at import" if "accepted" in done.stderr else f"failed: {done.stderr.strip().splitlines()[-1]}"


def _attack(root: str, evil: str) -> None:
    exchange = ctypes.CDLL(None, use_errno=True).renameat2
    names = ("", "/words_plugin", "/words_plugin/inner.py", "/pegboard_sdk/__init__.py")
    for number in itertools.count():
        name = names[number // 64 % len(names)]
        for _ in range(2):
            exchange(HERE, os.fsencode(root + name), HERE, os.fsencode(evil + name), EXCHANGE)
            for _ in range(number % 64 * 400):
                pass


if __name__ == "__main__":
    _attack(*sys.argv[2:])
