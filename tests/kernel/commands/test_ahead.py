"""Rooms whose foundation was laid while the command before ran: they hold what others hold, or are not used."""

import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from needing import absent
from supervised import Supervised

from pegboard.sandbox import probe
from pegboard.sandbox.confinement import Confinement, Network, Tier
from pegboard.sandbox.enter import fits
from pegboard.spawner import launch
from pegboard_sdk import Command, Plan
from pegboard_sdk.posix import descendants


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Supervised]:
    if Tier.FORKED not in probe.found((Tier.FORKED,)).tiers:
        absent("namespaces and Landlock")
    (tmp_path / "workspace").mkdir()
    (tmp_path / "scratch" / "home").mkdir(parents=True)
    bench = Supervised(tmp_path / "workspace")
    yield bench
    bench.close()


@pytest.fixture
def room(tmp_path: Path) -> Confinement:
    return Confinement(
        tier=Tier.FORKED,
        write=(os.path.realpath(tmp_path / "workspace"),),
        scratch=os.path.realpath(tmp_path / "scratch"),
        home="/home/somebody",
        execute=True,
    )


def run(bench: Supervised, room: Confinement | None, script: str) -> str:
    handed = bench.hand(Plan(script=script), room=room)
    command = Command(handed.plan, handed.control, handed.output)
    command.order(timeout_s=60)
    report = bench.finish(command)
    assert report.status is not None, (report, bench.output)
    return bench.output


def runner_ahead(bench: Supervised) -> int:
    """The runner that waits for the next command, once its room has been begun."""
    while True:
        match descendants(bench.spawner.pid):
            case [_, runner] if lies_in_wait(runner):
                return runner
        select.select([], [], [], 0.01)


def lies_in_wait(runner: int) -> bool:
    """Whether it stands in a tree that was begun, and is not in it yet."""
    try:
        root, folder = os.stat(f"/proc/{runner}/root"), os.stat(f"/proc/{runner}/cwd")
    except OSError:
        return False
    return os.path.samestat(root, os.stat("/")) and folder.st_dev not in (root.st_dev, os.stat(".").st_dev)


LOOK = """pwd; ls / /tmp /dev /etc; ls -d /root/* /home/* 2>&1
grep -E 'Sec|Cap|NoNew' /proc/self/status
cut -d' ' -f2,4 /proc/self/mounts | sort"""


def test_a_room_on_a_foundation_is_the_same_room(bench: Supervised, room: Confinement) -> None:
    first = run(bench, room, LOOK)
    runner_ahead(bench)
    assert run(bench, room, LOOK) == first
    assert "NoNewPrivs:\t1" in first


def test_no_program_reaches_the_runner_that_is_the_first_process_of_its_namespace(
    bench: Supervised, room: Confinement
) -> None:
    run(bench, room, "true")
    runner_ahead(bench)
    said = run(bench, room, "for each in TERM KILL STOP INT; do kill -$each 1; done; readlink /proc/1/exe; echo still")
    assert said.endswith("still\n")
    assert "python" not in said


def test_what_a_command_leaves_is_reaped_and_ends_with_it(bench: Supervised, room: Confinement) -> None:
    run(bench, room, "true")
    runner_ahead(bench)
    script = "for i in 1 2 3; do (true &); done; (setsid sleep 1000 &); sleep 0.1; grep -l '^State:.*Z' /proc/*/status"
    assert run(bench, room, f"{script} 2>/dev/null; echo done") == "done\n"
    runner_ahead(bench)


def test_what_is_to_be_shut_or_hidden_by_now_is(bench: Supervised, room: Confinement) -> None:
    run(bench, room, "mkdir -p .git && echo ours > .git/config && echo secret > .env && echo other > other")
    runner_ahead(bench)
    workspace = bench.folder.resolve()
    shut = msgspec.structs.replace(room, shut=(f"{workspace}/.git",), hidden=(f"{workspace}/.env",))
    said = run(bench, shut, "echo evil > .git/config; mv .git .gone; cat .env; cat .git/config other; touch made")
    assert (bench.folder / ".git" / "config").read_text() == "ours\n"
    assert (bench.folder / "made").exists()
    assert "secret" not in said
    assert said.endswith("ours\nother\n")


def test_the_workspace_is_the_one_that_stands_there_now(bench: Supervised, room: Confinement) -> None:
    run(bench, room, "echo old > file")
    runner_ahead(bench)
    (bench.folder / "file").rename(bench.folder / "before")
    (bench.folder / "file").write_text("new\n")
    assert run(bench, room, "cat file") == "new\n"


def test_another_room_is_made_anew(bench: Supervised, room: Confinement, tmp_path: Path) -> None:
    run(bench, room, "true")
    runner_ahead(bench)
    readable = tmp_path / "readable"
    readable.mkdir()
    (readable / "text").write_text("seen\n")
    more = msgspec.structs.replace(room, read=(str(readable),))
    assert run(bench, more, f"cat {readable}/text") == "seen\n"
    runner_ahead(bench)
    assert run(bench, None, "echo free") == "free\n"
    assert "No such file" in run(bench, room, f"cat {readable}/text 2>&1")


def test_a_runner_that_died_waiting_is_replaced(bench: Supervised, room: Confinement) -> None:
    run(bench, room, "true")
    runner = runner_ahead(bench)
    dead = os.pidfd_open(runner)
    os.kill(runner, signal.SIGKILL)
    assert select.select([dead], [], [], 30)[0]
    os.close(dead)
    assert run(bench, room, "echo still") == "still\n"


def test_what_waits_ends_with_its_spawner(bench: Supervised, room: Confinement) -> None:
    run(bench, room, "true")
    waiting = {runner_ahead(bench)}
    os.kill(bench.spawner.pid, signal.SIGKILL)
    while waiting:  # they come to this process, which is a subreaper
        waiting.discard(os.waitpid(-1, 0)[0])


@pytest.mark.parametrize(
    "change",
    [
        {"network": Network.HOST},
        {"scratch": "/elsewhere"},
        {"read": ("/srv",)},
        {"home": "/other"},
        {"execute": False},
        {"user": 1},
        {"write": ("/tmp",)},
        {"write": ("/",)},
        {"shut": ("/nowhere/at/all",)},
    ],
    ids=str,
)
def test_a_foundation_of_another_kind_does_not_fit(room: Confinement, change: dict[str, object]) -> None:
    assert fits(room, msgspec.structs.replace(room, shut=("/etc/passwd",), hidden=("/etc/shadow",)))
    assert not fits(room, msgspec.structs.replace(room, **change))


def test_where_no_namespace_can_be_had_ahead_the_room_is_made_when_it_is_needed(
    bench: Supervised, room: Confinement, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.close()
    monkeypatch.setattr(
        launch, "PROGRAM", launch.PROGRAM.replace("sys.exit(main(", f"exec({REFUSE!r}); sys.exit(main(")
    )
    bench = Supervised(bench.folder)
    assert run(bench, room, LOOK) == run(bench, room, LOOK)
    bench.close()


REFUSE = """
from pegboard.sandbox import calls
def refuse(flags):
    raise OSError(28, "no more of them")
calls.fork = refuse
"""
