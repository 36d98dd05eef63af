"""`peg plugin top`: what this user's plugin processes cost now, as the system tells it of every process."""

import os
from pathlib import Path
from typing import Final

import click
from msgspec import Struct

from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.show import safe
from pegboard.spawner.launch import PROGRAM
from pegboard_sdk.errors import Unsupported

PROC: Final = Path("/proc")
UNSEEN: Final = "(forked; its name is the kernel's to know)"


class Process(Struct, frozen=True, kw_only=True):
    """One process. Processor time is in seconds, memory in bytes."""

    pid: int
    parent: int
    words: tuple[str, ...]
    cpu_s: float
    memory: int
    folder: str


@click.command()
@reported
def top() -> None:
    """Show the plugin processes of your running sessions: processor time and memory.

    It reads what the system shows of your processes. Calls are known to each session alone, and not shown.
    """
    if not PROC.is_dir():
        raise Unsupported("this system has no /proc, and a running session has no channel for this yet")
    every = processes(PROC)
    spawners = [one for one in every if is_spawner(one, every)]
    for spawner in spawners:
        click.echo(f"session of process {spawner.parent}, spawner {spawner.pid}")
        for one in sorted((one for one in every if one.parent == spawner.pid), key=lambda one: one.pid):
            click.echo(f"  {one.pid:>8} {one.cpu_s:>8.2f} s {one.memory / (1 << 20):>8.1f} MiB  {safe(name_of(one))}")
    if not spawners:
        click.echo("no session of yours runs plugins", err=True)
    click.get_current_context().exit(Exit.DONE)


def processes(proc: Path) -> list[Process]:
    """All of this user's, as far as they can be read."""
    found: list[Process] = []
    for entry in proc.iterdir():
        if entry.name.isdigit():
            try:
                found.append(_process(entry))
            except (OSError, ValueError, IndexError):
                continue
    return found


def _process(entry: Path) -> Process:
    after = (entry / "stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    words = tuple((entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1])
    if _owner(entry) != os.geteuid():
        raise PermissionError
    try:
        folder = os.readlink(entry / "cwd")
    except OSError:
        folder = ""
    return Process(
        pid=int(entry.name),
        parent=int(after[1]),
        words=words,
        cpu_s=(int(after[11]) + int(after[12])) / ticks,
        memory=int(after[21]) * os.sysconf("SC_PAGE_SIZE"),
        folder=folder,
    )


def _owner(entry: Path) -> int:
    """From the status: the files of a process that may not be dumped belong to root."""
    line = next(line for line in (entry / "status").read_text().splitlines() if line.startswith("Uid:"))
    return int(line.split()[2])


def is_spawner(one: Process, every: list[Process]) -> bool:
    """Its forks have its command line, too: the spawner is the one whose parent has not."""
    parents = {each.pid: each for each in every}
    above = parents.get(one.parent)
    return PROGRAM in one.words and (above is None or PROGRAM not in above.words)


def name_of(one: Process) -> str:
    """The instance, where its folder or command tells it."""
    folder = Path(one.folder)
    if folder.parent.name == "private":
        return folder.name
    if PROGRAM in one.words:
        return UNSEEN
    return " ".join(word for word in one.words if "\n" not in word)[:80] or UNSEEN
