"""Looking for model servers: loopback alone, all at once, briefly, and whatever answers does no harm."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from scripted_server import ScriptedServer

from pegboard.cli.first_run.servers import KINDS, PATIENCE_S, Kind, Server, servers


def at(url: str, name: str = "ollama") -> Kind:
    return Kind(name, name, int(url.split(":")[2].split("/", maxsplit=1)[0]))


@contextmanager
def answering(data: bytes | None) -> Iterator[Kind]:
    """A server that says `data` to everyone; None: it never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    held.append(listener.accept()[0])
                    if data is not None:
                        held[-1].recv(4096)
                        held[-1].sendall(data)
                        held[-1].close()
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield Kind("odd", "Odd", listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()


def test_those_that_list_models_are_found_in_order() -> None:
    with ScriptedServer(models=("a", "b")) as first, ScriptedServer(models=()) as empty, answering(None) as silent:
        kinds = (silent, at(empty.url, "empty"), at(first.url))
        began = time.monotonic()
        found = servers(kinds)
        took = time.monotonic() - began
    assert found == (Server(kinds[2], ("a", "b")),)
    assert took < PATIENCE_S + 0.5, "one that is silent holds nothing up"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"HTTP/1.1 200 OK\r\n\r\n{\"data\": [{\"id\": 7}, 1, {}]}",
        b"HTTP/1.1 200 OK\r\n\r\n{\"data\": [{\"id\": \"\\u001b[31m\"}]}", b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_model_server_is_not_found(data: bytes) -> None:
    with answering(data) as kind:
        assert servers([kind]) == ()


def test_only_the_ports_of_four_programs_are_tried() -> None:
    assert sorted(kind.port for kind in KINDS) == [1234, 8000, 8080, 11434]
