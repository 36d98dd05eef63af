"""Going in: what is refused, what a confined process is given, and that nothing is left on the host."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from escape_ground import SHUT, TOOLS, Ground, Who, ground, people
from needing import absent

from pegboard.sandbox import bubblewrap, landlock, placeholders
from pegboard.sandbox.confinement import Bounds, Confinement, Network, Tier

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

REFUSED = 127
SELF = people()[0]
USES = {
    "plugin": {"entry": "probing", "path": [str(TOOLS)], "argument": '{"probes": []}'},
    "program": {"argv": ["/bin/sh", "-c", "echo started"]},
}


@pytest.fixture
def here() -> Iterator[Ground]:
    if not landlock.abi():
        absent("Landlock")
    with ground(SELF) as made:
        yield made


def broken(call: str, number: int) -> str:
    """A line for the driver: this system call says no."""
    return (
        "from pegboard.sandbox import calls as c; f = c._checked\n"
        "def broken(what, function, *arguments):\n"
        f"    if function == {call!r} and (not {number} or arguments[0] == {number}):\n"
        "        raise PermissionError(1, what + ': refused here')\n"
        "    return f(what, function, *arguments)\n"
        "c._checked = broken"
    )


ALL = {Tier.FORKED, Tier.EXECUTED, Tier.LANDLOCK}
PLACES = "from pegboard.sandbox import bubblewrap; bubblewrap.PLACES = ({!r},)"
MISSING = {
    "user and other namespaces": (broken("unshare", 0), {Tier.FORKED}),
    "mounts": (broken("mount", 0), {Tier.FORKED}),
    "mount trees": (broken("syscall", 428), {Tier.FORKED}),
    "attributes of mounts": (broken("syscall", 442), {Tier.FORKED}),
    "another root": (broken("syscall", 155 if os.uname().machine == "x86_64" else 41), {Tier.FORKED}),
    "Landlock": ("from pegboard.sandbox import landlock; landlock.abi = lambda: 0", ALL),
    "Landlock's last word": (broken("syscall", 446), {Tier.FORKED, Tier.LANDLOCK}),
    "no_new_privs": (broken("prctl", 38), {Tier.FORKED, Tier.LANDLOCK}),
    "the filter": (broken("prctl", 22), {Tier.FORKED, Tier.LANDLOCK}),
    "a known machine": (
        "from pegboard.sandbox import calls; calls.machine = lambda: 'riscv64'",
        ALL,
    ),
    "bubblewrap": (PLACES.format("/nowhere/bwrap"), {Tier.EXECUTED}),
    "bubblewrap that works": (PLACES.format("/bin/false"), {Tier.EXECUTED}),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("what", "tier"), [(what, tier) for what, (_, tiers) in MISSING.items() for tier in tiers])
def test_a_missing_mechanism_refuses_every_use(here: Ground, what: str, tier: Tier, use: str) -> None:
    line, _ = MISSING[what]
    if tier is Tier.LANDLOCK and os.geteuid() == 0:
        here = Ground(here.folder, Who("root-as-owner", 0, 1001), here.facts)
    done = here.run(here.confinement(tier, execute=use == "program", shut=()), before=[line], **USES[use])
    assert done["status"] not in (0, None)
    assert done["out"] == ""
    if what != "bubblewrap that works" or use == "plugin":
        assert done["status"] == REFUSED
        assert done["err"].startswith(f"cannot start: the confinement {tier.value} could not be made: ")
        assert done["err"].count("\n") == 1


# Bubblewrap starts programs only.
@pytest.mark.parametrize(("tier", "use"), [*((Tier.FORKED, use) for use in USES), (Tier.EXECUTED, "program")])
def test_the_same_uses_start_where_nothing_is_missing(here: Ground, tier: Tier, use: str) -> None:
    """Else the matrix above would prove nothing."""
    if tier is Tier.EXECUTED and not any(map(os.path.exists, bubblewrap.PLACES)):
        absent("bubblewrap")
    done = here.run(here.confinement(tier, execute=use == "program", shut=()), **USES[use])
    assert (done["status"], done["out"]) == (0, "started\n" if use == "program" else "{}")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"read": ("/",)}, "the whole file system cannot be granted"),
        ({"read": ("/no/such/folder",)}, "No such file"),
        ({"devices": ("teleporter",)}, "teleporter"),
    ],
)
def test_what_cannot_be_granted_is_refused(here: Ground, more: dict[str, tuple[str, ...]], why: str) -> None:
    done = here.run(here.confinement(Tier.FORKED, execute=True, shut=(), **more), **USES["program"])
    assert (done["status"], done["out"]) == (REFUSED, "")
    assert why in done["err"]


def test_root_does_not_stand_behind_landlock_alone(here: Ground) -> None:
    if os.geteuid() != 0:
        absent("root")
    done = here.run(here.confinement(Tier.LANDLOCK, execute=True, shut=()), **USES["program"])
    assert (done["status"], done["out"]) == (REFUSED, "")
    assert "Landlock does not cover modes and owners" in done["err"]


@pytest.mark.parametrize("tier", [Tier.FORKED, Tier.EXECUTED])
def test_the_proxy_is_all_of_the_network(here: Ground, tier: Tier) -> None:
    """The listener comes out over the socket for descriptors; the environment names it in both cases, for all hosts."""
    if tier is Tier.EXECUTED and not any(map(os.path.exists, bubblewrap.PLACES)):
        absent("bubblewrap")
    confinement = here.confinement(tier, execute=True, network=Network.PROXY, shut=())
    done = here.run(confinement, argv=["/bin/sh", "-c", "echo $HTTP_PROXY $https_proxy $ALL_PROXY${NO_PROXY-unset}"])
    words = set(done["out"].split())
    assert done["status"] == 0, done
    assert len(words) == 1
    assert done["sent"] == repr(("127.0.0.1", int(words.pop().rpartition(":")[2])))


def test_the_proxy_needs_a_network_of_its_own(here: Ground) -> None:
    who = Who("owner", 0, 1001) if os.geteuid() == 0 else SELF
    grounded = Ground(here.folder, who, here.facts)
    done = grounded.run(grounded.confinement(Tier.LANDLOCK, network=Network.PROXY, shut=()), **USES["plugin"])
    assert (done["status"], done["out"]) == (REFUSED, "")
    assert "the proxy needs a network namespace" in done["err"]


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -KILL $$", -9), ("kill -TERM $$", -15)])
def test_the_end_of_a_kept_process_is_told_as_it_was(here: Ground, script: str, status: int) -> None:
    done = here.run(here.confinement(Tier.FORKED, execute=True, shut=()), argv=["/bin/sh", "-c", script])
    assert done["status"] == status


def test_daemons_die_with_the_process_that_left_them(here: Ground) -> None:
    mark = here.workspace / "alive"
    script = f"(setsid sleep 300 & echo $! ; touch {mark}) >/dev/null 2>&1; while [ ! -e {mark} ]; do :; done"
    here.run(here.confinement(Tier.FORKED, execute=True, shut=()), argv=["/bin/sh", "-c", script], cwd="/")
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert mark.exists()
    assert b"sleep\x00300\x00" not in commands


def test_scratch_is_tmp(here: Ground, tmp_path: Path) -> None:
    scratch = here.folder / "scratch"
    scratch.mkdir()
    room = here.confinement(Tier.FORKED, execute=True, shut=(), scratch=str(scratch))
    here.run(room, argv=["/bin/sh", "-c", "echo one > /tmp/kept"])
    done = here.run(room, argv=["/bin/sh", "-c", "cat /tmp/kept"])
    assert done["out"] == "one\n"
    assert (scratch / "kept").read_text() == "one\n"


HANDY = """
import os, socket

def main(folder):
    _, (held,), _, _ = socket.recv_fds(socket.socket(fileno=3), 1, 1)
    os.close(os.open("made", os.O_CREAT | os.O_WRONLY, dir_fd=held))
    tries = {
        "seen": lambda: os.listdir(folder),
        "above": lambda: os.open("../secret", os.O_RDONLY, dir_fd=held),
        "mode": lambda: os.chmod("../moded", 0o777, dir_fd=held),
        "socket": lambda: socket.socket(socket.AF_UNIX),
    }
    for name, what in tries.items():
        try:
            what()
            os.write(1, name.encode())
        except OSError:
            pass
    return 0
"""


def test_what_is_handed_over_works_and_is_not_seen(here: Ground) -> None:
    """As the kernel hands a folder to a plugin without any file capability: through a descriptor alone."""
    plugin = here.workspace / "src" / "handy.py"
    handed = here.outside / "home"
    lines = ["import os", f"order['held'] = os.dup2(os.open({str(handed)!r}, os.O_RDONLY), 90)"]
    plugin.write_text(HANDY)
    room = Confinement(tier=Tier.FORKED, read=(str(plugin.parent),), handed=(str(handed),))
    done = here.run(room, entry="handy", path=[str(plugin.parent)], argument=str(handed), before=lines)
    assert (done["status"], done["out"]) == (0, ""), done
    assert (handed / "made").exists()


class TestPlaceholders:
    def test_missing_names_are_held_and_let_go(self, tmp_path: Path) -> None:
        shut = [f"{tmp_path}/.mcp.json", f"{tmp_path}/.vscode/", f"{tmp_path}/.cargo/config.toml"]
        held = placeholders.hold(shut, [str(tmp_path)])
        kinds = {path.name: path.is_dir() for path in tmp_path.iterdir()}
        assert kinds == {".mcp.json": False, ".vscode": True, ".cargo": True}
        placeholders.release(held)
        assert list(tmp_path.iterdir()) == []

    def test_the_last_holder_takes_them_away(self, tmp_path: Path) -> None:
        shut = [f"{tmp_path}/.vscode/"]
        first, second = (placeholders.hold(shut, [str(tmp_path)]) for _ in range(2))
        placeholders.release(first)
        placeholders.sweep(shut)
        assert (tmp_path / ".vscode").is_dir()
        placeholders.release(second)
        assert not (tmp_path / ".vscode").exists()

    def test_what_a_killed_process_left_is_swept(self, tmp_path: Path) -> None:
        shut = [f"{tmp_path}/.vscode/", f"{tmp_path}/.mcp.json"]
        for descriptor in placeholders.hold(shut, [str(tmp_path)]).values():
            os.close(descriptor)
        assert len(list(tmp_path.iterdir())) == len(shut)
        placeholders.sweep(shut)
        assert list(tmp_path.iterdir()) == []

    def test_what_is_a_persons_stays(self, tmp_path: Path) -> None:
        (tmp_path / ".vscode").mkdir()
        (tmp_path / ".mcp.json").touch()
        shut = [f"{tmp_path}/.vscode/", f"{tmp_path}/.mcp.json"]
        assert placeholders.hold(shut, [str(tmp_path)]) == {}
        placeholders.sweep(shut)
        assert {path.name for path in tmp_path.iterdir()} == {".vscode", ".mcp.json"}

    def test_nothing_is_left_after_a_confined_process(self, here: Ground) -> None:
        before = {path.name for path in here.workspace.iterdir()}
        done = here.run(here.confinement(Tier.FORKED), **USES["plugin"])
        assert done["status"] == 0
        assert {path.name for path in here.workspace.iterdir()} == before


def test_links_are_not_shut_through_bubblewrap(here: Ground) -> None:
    if not any(map(os.path.exists, bubblewrap.PLACES)):
        absent("bubblewrap")
    done = here.run(here.confinement(Tier.EXECUTED, execute=True, shut=SHUT), **USES["program"])
    assert (done["status"], done["out"]) == (REFUSED, "")
    assert "bubblewrap cannot keep" in done["err"]
    assert stat.S_ISLNK((here.workspace / "CLAUDE.md").lstat().st_mode)


@pytest.mark.parametrize(
    ("bounds", "script", "passes"),
    [
        (Bounds(file_bytes=1 << 16), "head -c 200000 /dev/zero > FOLDER/big", False),
        (Bounds(file_bytes=1 << 20), "head -c 200000 /dev/zero > FOLDER/big", True),
        (Bounds(memory_bytes=64 << 20), "PYTHON -S -c 'bytearray(200 << 20)'", False),
        (Bounds(memory_bytes=512 << 20), "PYTHON -S -c 'bytearray(200 << 20)'", True),
        (Bounds(cpu_s=1), "while :; do :; done", False),
    ],
)
def test_bounds_bind(here: Ground, bounds: Bounds, script: str, passes: bool) -> None:
    text = script.replace("FOLDER", str(here.workspace)).replace("PYTHON", os.path.realpath(sys.executable))
    room = here.confinement(Tier.FORKED, execute=True, shut=(), bounds=bounds)
    done = here.run(room, argv=["/bin/sh", "-c", text])
    assert (done["status"] == 0) == passes, done
