"""Starts one process in a confinement as the spawner's fork does, as any user, and says how it ended.

    python confined.py '{"confinement": {...}, "argv": [], "user": 0, "path": [], "entry": "probing", "argument": ""}'

prints {"status", "out", "err", "sent"}. It has one thread and its own standard descriptors, as the spawner.
"""

import base64
import json
import os
import socket
import sys
from typing import Any

import msgspec

from pegboard.sandbox.confinement import Confinement
from pegboard.spawner import birth
from pegboard.spawner.messages import Launch, encoder

DRIVER = '\\"driver\\": 0'
"""In facts, as JSON within JSON: this process stands for kernel and spawner."""


def become(user: int) -> None:
    if user and user != os.geteuid():
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def main(order: dict[str, Any]) -> None:
    become(order.get("user", 0))
    order = json.loads(json.dumps(order).replace(DRIVER, f"{DRIVER[:-1]}{os.getpid()}"))
    launch = Launch(
        env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **order.get("env", {})},
        cwd=order.get("cwd", "/"),
        argv=tuple(order.get("argv", ())),
        entry=order.get("entry", ""),
        path=tuple(order.get("path", ())),
        confinement=msgspec.convert(order["confinement"], Confinement) if order["confinement"] else None,
    )
    for line in order.get("before", ()):  # simulates a machine that lacks something
        exec(line)
    pipes = [os.pipe() for _ in range(3)]
    ours, theirs = socket.socketpair()
    if "held" in order:  # what the kernel would hand over with a call
        socket.send_fds(ours, [b"!"], [order["held"]])
    descriptor = os.memfd_create("launch")
    os.write(descriptor, encoder.encode(launch))
    parent = os.getpid()
    library = [one for one in sys.path if "python3" in one and "site-packages" not in one]
    pid = os.fork()
    if pid == 0:
        argument = order.get("argument", "")

        def serve(entry: str, **_: Any) -> int:
            if launch.confinement is None:
                os.open(os.devnull, os.O_RDONLY)  # for the control of what is inherited
            import importlib  # noqa: PLC0415 - inside the confinement

            if order.get("listening"):
                return 0
            result: int = importlib.import_module(entry).main(argument)
            sys.stdout.flush()
            return result

        children = [pipes[0][0], pipes[1][1], pipes[2][1], theirs.fileno(), descriptor]
        high = [os.dup2(one, 100 + place) for place, one in enumerate(children)]
        try:
            status = birth.live(high, library, parent, serve)
        except SystemExit as end:
            status = int(end.code or 0)
        os._exit(status)
    theirs.close()
    for descriptor in (pipes[0][0], pipes[0][1], pipes[1][1], pipes[2][1]):
        os.close(descriptor)
    out, err = (read(reading) for reading, _ in pipes[1:])
    _, status = os.waitpid(pid, 0)
    answer = {"status": os.waitstatus_to_exitcode(status), "out": out, "err": err, "sent": received(ours)}
    sys.stdout.write(json.dumps(answer))


def read(descriptor: int) -> str:
    with open(descriptor, "rb") as file:
        return file.read().decode("utf-8", "replace")


def received(ours: socket.socket) -> str:
    """Where a listening socket that came out listens; empty when none came."""
    ours.setblocking(False)
    try:
        _, descriptors, _, _ = socket.recv_fds(ours, 10, 2)
    except OSError:
        return ""
    return repr(socket.socket(fileno=descriptors[0]).getsockname()) if descriptors else ""


if __name__ == "__main__":
    main(json.loads(base64.b64decode(sys.argv[1])))
