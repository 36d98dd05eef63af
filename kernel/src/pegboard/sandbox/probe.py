"""Which tiers work on this machine, found by trying, and what to do where one does not."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard.sandbox import bubblewrap, landlock, seatbelt
from pegboard.sandbox.confinement import Confinement, Tier

TRIED: Final = (Tier.FORKED, Tier.EXECUTED, Tier.LANDLOCK)
EVERY: Final = (*TRIED, Tier.SEATBELT)
DEADLINE_S: Final = 20.0

CHECK: Final = """
import ctypes, socket, sys
inside, outside, port = sys.argv[1:]
def works(what, *arguments):
    try: return what(*arguments) != -1
    except OSError: return False
walls = {"files": works(open, outside + "/made", "w"), "tracing": works(ctypes.CDLL(None).ptrace, 0, 0, 0, 0),
         "network": works(socket.create_connection, ("127.0.0.1", int(port)), 2)}
print(f"open: {walls}" if any(walls.values()) or not works(open, inside + "/made", "w") else "confined")
"""
"""Tries to get out, in the confinement."""

START: Final = """
import os, sys; sys.path[:0] = sys.argv[2:]
from pegboard.sandbox.starting import confine
from pegboard.spawner.messages import launch_decoder
argv = confine(launch_decoder.decode(bytes.fromhex(sys.argv[1])), (), passing_fd=-1)
os.execvp(argv[0], tuple(argv))
"""


class Found(Struct, frozen=True):
    """`missing`: for each tier that does not work, one sentence with the repair."""

    tiers: tuple[Tier, ...]
    missing: dict[str, str]


def found(tiers: Sequence[Tier] = EVERY, *, user: int = -1, group: int = -1, cache: Path | None = None) -> Found:
    """Try tiers as the one who will be confined: about 0.1 s each, or what the folder `cache` says since the machine
    started.

    An outdated cache does no harm: entering a confinement fails closed by itself.
    """
    places = [os.path.exists(place) for place in bubblewrap.PLACES]
    if cache is not None:
        cache /= f"tiers-{'-'.join(tier.value for tier in tiers)}-{user}.json"
    key = f"{_text('/proc/sys/kernel/random/boot_id')} {os.uname().release} {os.geteuid()} {user} {places}"
    if cache is not None:
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            known, answer = msgspec.json.decode(cache.read_bytes(), type=tuple[str, Found])
            if known == key:
                return answer
    tried = [tier for tier in tiers if tier in TRIED and sys.platform == "linux"]
    said: dict[Tier, str] = {tier: _try(tier, user, group) for tier in tried}
    works = [tier for tier in tiers if said.get(tier) == ""]
    if Tier.SEATBELT in tiers and os.access(seatbelt.PROGRAM, os.X_OK):
        works.append(Tier.SEATBELT)
    answer = Found(tuple(works), {tier.value: _repair(tier, why) for tier, why in said.items() if why})
    if cache is not None:
        with contextlib.suppress(OSError):
            cache.write_bytes(msgspec.json.encode((key, answer)))
    return answer


def _try(tier: Tier, user: int, group: int) -> str:
    """Empty when it held; else what was seen."""
    from pegboard.spawner.messages import Launch, encoder  # noqa: PLC0415 - it knows this package's values

    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        inside, outside = (os.path.join(os.path.realpath(folder), name) for name in ("inside", "outside"))
        for made in (inside, outside):
            os.mkdir(made)
            os.chown(made, user, group)
        os.chmod(folder, 0o755)
        own = (os.path.realpath(sys.executable), "-I", "-S", "-c")
        argv = (*own, CHECK, inside, outside, str(listener.getsockname()[1]))
        confinement = Confinement(tier=tier, write=(inside,), execute=True, user=user, group=group)
        launch = Launch(env={}, cwd=inside, argv=argv, confinement=confinement)
        command = [*own, START, encoder.encode(launch).hex(), *sys.path]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return "" if done.stdout == "confined\n" else done.stdout or done.stderr or f"status {done.returncode}"


def _repair(tier: Tier, why: str) -> str:
    """What is known to be the reason; else what was said."""
    import tomllib  # noqa: PLC0415 - only where something is wrong

    known: dict[str, Any] = tomllib.loads(Path(__file__).with_name("repairs.toml").read_text())
    if not landlock.abi():
        return str(known["landlock"])
    if tier is Tier.EXECUTED and not any(os.access(place, os.X_OK) for place in bubblewrap.PLACES):
        return str(known["bubblewrap"])
    if tier is not Tier.LANDLOCK:
        for row in known["sysctl"]:
            if os.geteuid() and _text(f"/proc/sys/{row['name']}") == row["value"]:
                return str(row["repair"])
        if "Seccomp:\t2" in _text("/proc/self/status"):
            return str(known["container"])
    return " ".join(why.split())[:300]


def _text(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
