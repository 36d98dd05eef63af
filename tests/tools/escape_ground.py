"""A ground for escape probes: a workspace, things outside it, a victim process; and processes confined on it."""

import base64
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from needing import absent

from pegboard.sandbox.confinement import Confinement, Tier

TOOLS = Path(__file__).parent
ROOT = TOOLS.parents[1]
SOURCES = (str(ROOT / "kernel" / "src"), str(ROOT / "sdk" / "src"), str(Path(msgspec.__file__).parents[1]), str(TOOLS))
ORDINARY = 1001
DEADLINE_S = 120
PROBE = "import sys; sys.path.insert(0, sys.argv[1]); import probing; sys.exit(probing.main(sys.argv[2]))"

OUTSIDE = ("secret", "appended", "truncated", "removed", "renamed", "taken", "moded", "owned", "timed", "attributed")
SHUT = (".git", ".envrc", ".mcp.json", ".npmrc", ".vscode/", ".cargo/config.toml", "pkg/.husky", "CLAUDE.md")
HIDDEN = (".env", "secrets")


class Who(Struct, frozen=True):
    """`runs` is who starts the confined process, `becomes` whose identity it takes then; -1 keeps it."""

    name: str
    runs: int = 0
    becomes: int = -1

    @property
    def ends_as(self) -> int:
        return self.runs if self.becomes < 0 else self.becomes


def people() -> tuple[Who, ...]:
    """All that this machine can show: without root only oneself."""
    if os.geteuid() != 0:
        return (Who("self", os.geteuid()),)
    return Who("root"), Who("root-as-owner", 0, ORDINARY), Who("ordinary", ORDINARY)


class Ground(Struct):
    """Paths and numbers for the probes."""

    folder: Path
    who: Who
    facts: dict[str, Any]

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def outside(self) -> Path:
        return self.folder / "outside"

    def confinement(self, tier: Tier, **more: Any) -> Confinement:
        """The workspace to write, its protected names shut, and nothing else."""
        return Confinement(
            tier=tier,
            read=(str(TOOLS), *more.pop("read", ())),
            write=(str(self.workspace),),
            shut=tuple(f"{self.workspace}/{name}" for name in more.pop("shut", SHUT)),
            hidden=tuple(str(self.workspace / name) for name in HIDDEN),
            user=self.who.becomes,
            group=self.who.becomes,
            **more,
        )

    def run(self, confinement: Confinement | None, **order: Any) -> dict[str, Any]:
        """Start something confined, to its end: {status, out, err, sent}."""
        order |= {"user": self.who.runs, "confinement": msgspec.to_builtins(confinement)}
        # Without a tree of its own it walks to its Python as whom it becomes.
        bare = confinement is not None and confinement.tier is Tier.LANDLOCK
        return driven(self.who.ends_as if bare else self.who.runs, order)

    def probe(
        self, confinement: Confinement | None, names: Sequence[str], *, executed: bool = False, **order: Any
    ) -> dict[str, str]:
        """What came of each probe: "" when it came about. `executed` starts a program of its own, as T1 has to."""
        facts = json.dumps({**self.facts, "probes": list(names)})
        if executed or (confinement is not None and confinement.tier is Tier.EXECUTED):
            interpreter = python_of(self.who.runs)
            order["argv"] = [interpreter, "-I", "-S", "-B", "-c", PROBE, str(TOOLS), facts]
        else:
            order |= {"entry": "probing", "path": [str(TOOLS)], "argument": facts}
        if confinement is None:
            order["env"] = {"PEGBOARD_PLANTED": "1"}
        done = self.run(confinement, **order)
        assert done["status"] == 0, done
        found: dict[str, str] = json.loads(done["out"])
        return found


def driven(user: int, order: dict[str, Any]) -> dict[str, Any]:
    """The driver's answer."""
    text = base64.b64encode(json.dumps(order).encode()).decode()
    done = subprocess.run(
        [python_of(user), "-S", str(TOOLS / "confined.py"), text],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.pathsep.join(SOURCES), "PEGBOARD_PLANTED": "1"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@cache
def python_of(user: int) -> str:
    """An interpreter that this user can start and that has what we need; ours lies in somebody's home, maybe."""
    if user == os.geteuid():
        return sys.executable
    for candidate in (sys.executable, "/usr/bin/python3"):
        code = f"import sys; sys.path[:0] = {SOURCES!r}; import pegboard.spawner.birth"
        try:
            done = subprocess.run([*as_user(user), candidate, "-S", "-c", code], capture_output=True, check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    absent("a Python that an ordinary user can start")
    raise AssertionError


def as_user(user: int) -> list[str]:
    if shutil.which("setpriv") is None:
        absent("setpriv")
    # The shell in between executes with that user's rights alone: setpriv itself still has root's.
    command = ["setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", "--"]
    return [*command, "/bin/sh", "-c", 'exec "$0" "$@"']


@contextmanager
def ground(who: Who) -> Iterator[Ground]:
    """Everything planted, everything gone at the end. In a folder that any user can walk to."""
    folder = Path(tempfile.mkdtemp(prefix="pegboard-ground-"))
    name = f"pegboard-{uuid.uuid4().hex}"
    host = [Path(tempfile.gettempdir(), name), Path("/dev/shm", name)]
    key = int(name[-6:], 16)
    try:
        folder.chmod(0o755)
        plant(folder, host)
        own(folder, host, who.ends_as)
        with victim(who, folder / "outside", name) as served, shared(key):
            facts = {
                **served, "outside": str(folder / "outside"), "workspace": str(folder / "workspace"),
                "host_tmp": str(host[0]), "host_shm": str(host[1]), "shared_key": key, "abstract": name,
                "driver": 0, "ends_as": who.ends_as, "disk": disk(), "cgroup": cgroup(),
            }  # fmt: skip
            yield Ground(folder, who, facts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for one in host:
            one.unlink(missing_ok=True)


def plant(folder: Path, host: Sequence[Path]) -> None:
    outside, workspace = folder / "outside", folder / "workspace"
    for one in (outside / "removed-folder", outside / "home" / ".ssh", workspace / "src", workspace / "pkg" / ".husky"):
        one.mkdir(parents=True)
    (workspace / ".git" / "hooks").mkdir(parents=True)
    (workspace / "secrets").mkdir()
    for name in OUTSIDE:
        (outside / name).write_text("planted")
    (outside / "home" / ".ssh" / "id_ed25519").write_text("planted")
    for name in (".git/config", ".git/removed", ".git/moded", ".envrc", ".env", "secrets/token", "AGENTS.md"):
        (workspace / name).write_text("planted")
    (workspace / "src" / "code.py").write_text("1\n")
    (workspace / "CLAUDE.md").symlink_to("AGENTS.md")
    shutil.copy("/usr/bin/id", workspace / "rooted")
    for one in host:
        one.write_text("planted")


def own(folder: Path, host: Sequence[Path], user: int) -> None:
    if os.geteuid() == 0:
        for one in (folder, *folder.rglob("*"), *host):
            os.chown(one, user, user, follow_symlinks=False)
        os.chown(folder / "workspace" / "rooted", 0, 0)
    os.chmod(folder / "workspace" / "rooted", 0o4755)


@contextmanager
def victim(who: Who, outside: Path, name: str) -> Iterator[dict[str, Any]]:
    command = [python_of(who.ends_as), "-I", "-S", str(TOOLS / "victim.py"), str(outside), name]
    if os.geteuid() == 0 and who.ends_as:
        command = [*as_user(who.ends_as), *command]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={"SECRET": "planted", "PATH": "/usr/bin:/bin"}
    ) as served:
        try:
            assert served.stdout
            yield json.loads(served.stdout.readline())
        finally:
            served.kill()


@contextmanager
def shared(key: int) -> Iterator[None]:
    """A System V segment of the host."""
    libc = ctypes.CDLL(None)
    number = libc.shmget(key, 4096, 0o1666)
    try:
        yield
    finally:
        libc.shmctl(number, 0, None)


def disk() -> str:
    """A block device of this machine."""
    names = sorted(os.listdir("/sys/class/block")) if os.path.isdir("/sys/class/block") else []
    return next((f"/dev/{name}" for name in names if os.path.exists(f"/dev/{name}")), "/dev/sda")


def cgroup() -> str:
    return next((str(path) for path in Path("/sys/fs/cgroup").glob("**/cgroup.procs")), "/sys/fs/cgroup/cgroup.procs")
