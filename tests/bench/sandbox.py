"""What the walls cost: processes started bare, in T1f and in T1, by the same spawner, interleaved in one run.

    python tests/bench/sandbox.py [ROUNDS]

Each row is the time from the order to the end of `/bin/true`, or to the first word of a forked plugin. Figure to hold:
at most 5 ms on top of the bare one on a quiet machine.
"""

import os
import socket
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import trio

from pegboard.discovery import own_environment
from pegboard.distribution import search_path
from pegboard.sandbox import bubblewrap
from pegboard.sandbox.confinement import Confinement, Tier
from pegboard.spawner.client import SpawnerClient
from pegboard.spawner.launch import launch_spawner
from pegboard.spawner.messages import Launch

ROUNDS = 60
TINY = 'import os\nos.write(1, b"!")\nos._exit(0)\n'


def rooms(folder: Path) -> dict[str, Launch]:
    """What is started, by the row's name."""
    workspace = str(folder / "workspace")
    (folder / "workspace").mkdir()
    (folder / "tiny_one.py").write_text(TINY)
    code = (str(folder),)
    true = {"argv": ("/bin/true",), "env": {"PATH": "/usr/bin:/bin"}, "cwd": "/"}
    fork = {"entry": "tiny_one", "env": {"PATH": "/usr/bin:/bin"}, "cwd": "/", "path": code}

    def room(tier: Tier, **more: object) -> Confinement:
        return Confinement(tier=tier, read=code, write=(workspace,), **more)  # type: ignore[arg-type]

    shut = tuple(f"{workspace}/{name}" for name in (".mcp.json", ".envrc", ".vscode/", ".husky/"))
    rows = {
        "bare program": Launch(**true),
        "T1f program (own processes)": Launch(**true, confinement=room(Tier.FORKED, execute=True)),
        "T1f program, four names shut": Launch(**true, confinement=room(Tier.FORKED, execute=True, shut=shut)),
        "T1 program (bubblewrap, prologue)": Launch(**true, confinement=room(Tier.EXECUTED, execute=True)),
        "bare fork": Launch(**fork),
        "T1f fork": Launch(**fork, confinement=room(Tier.FORKED)),
    }
    if not any(os.path.exists(place) for place in bubblewrap.PLACES):
        del rows["T1 program (bubblewrap, prologue)"]
    return rows


async def started(client: SpawnerClient, launch: Launch) -> float:
    """Seconds until it wrote or ended."""
    reading, writing = os.pipe()
    left, right = socket.socketpair()
    descriptors = [os.open(os.devnull, os.O_RDONLY), writing, os.open(os.devnull, os.O_WRONLY), right.detach()]
    began = time.perf_counter()
    process = await client.start(launch, descriptors)
    await trio.lowlevel.wait_readable(reading)
    taken = time.perf_counter() - began
    await process.gone.wait()
    os.close(reading)
    left.close()
    assert launch.argv or process.status == 0, process.status
    return taken


async def main(rounds: int) -> None:
    """Interleaved, so that a busy machine is busy for all."""
    with tempfile.TemporaryDirectory() as folder:
        launches = rooms(Path(folder))
        taken: dict[str, list[float]] = {name: [] for name in launches}
        client = SpawnerClient(launch_spawner(search_path(own_environment().sites), {"PATH": os.environ["PATH"]}))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            for _ in range(rounds):
                for name, launch in launches.items():
                    taken[name].append(await started(client, launch))
            await client.close()
    bare = {False: median(taken["bare program"]), True: median(taken["bare fork"])}
    for name, times in taken.items():
        floor = bare["fork" in name]
        sys.stdout.write(
            f"{name:36}{median(times) * 1000:8.2f} ms   best {min(times) * 1000:6.2f}"
            f"   on top {(median(times) - floor) * 1000:6.2f} ms   {median(times) / floor:5.2f} times\n"
        )


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
