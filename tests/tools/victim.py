"""A process of the user's with services and a secret in its memory: what the confined must not reach.

    python victim.py FOLDER NAME

listens on sockets in FOLDER, on an abstract one, on TCP and UDP; prints one JSON line and serves until it is killed.
"""

import json
import os
import selectors
import socket
import sys

PATHS = ("docker.sock", "bus", "X0", "agent")


def listening(family: int, address: object) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)
    one.bind(address)  # type: ignore[arg-type]
    one.listen()
    return one


def own_address() -> str:
    """Of this machine, on any interface but the loopback where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
            return str(one.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def main(folder: str, name: str) -> None:
    selector = selectors.DefaultSelector()
    tcp = listening(socket.AF_INET, ("", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("", 0))
    for one in (tcp, listening(socket.AF_UNIX, f"\0{name}"), udp):
        selector.register(one, selectors.EVENT_READ)
    for path in PATHS:
        selector.register(listening(socket.AF_UNIX, os.path.join(folder, path)), selectors.EVENT_READ)
    found = {"tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1], "address": own_address(), "victim": os.getpid()}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    while True:
        for key, _ in selector.select():
            if key.fileobj is udp:
                _, sender = udp.recvfrom(10)
                udp.sendto(b"hello", sender)
            else:
                answered, _ = key.fileobj.accept()  # type: ignore[union-attr]
                with answered:
                    answered.sendall(b"hello")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
