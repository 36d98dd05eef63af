"""An anchor takes a line and is sure of it, or says why not; what we could rewrite or read is none."""

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from needing import absent

from pegboard.audit.anchors import Anchor, Kind, append, put

LINE = b'{"pegboard":"checkpoint"}'
OTHER = 1001


def of_another(folder: Path) -> Path:
    """A file of another user, which we may append to."""
    if os.geteuid() != 0:
        absent("root, to make a file of another user")
    file = folder / "anchor"
    file.touch()
    os.chown(file, OTHER, OTHER)
    return file


def test_a_file_of_another_user_is_appended_to(tmp_path: Path) -> None:
    file = of_another(tmp_path)
    anchor = Anchor(kind=Kind.FILE, target=str(file))
    put(anchor, LINE)
    put(anchor, LINE)
    assert file.read_bytes() == (LINE + b"\n") * 2


def test_a_file_of_our_own_a_link_and_a_pipe_prove_nothing(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.touch()
    with pytest.raises(PermissionError, match="not a file of another user"):
        append(str(own), LINE)
    (tmp_path / "link").symlink_to(own)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing"):
        with pytest.raises(OSError, match=r"loop|device|file"):
            append(str(tmp_path / name), LINE)
    assert own.read_bytes() == b""


CHILD = """
import os, sys
from pegboard.audit.anchors import append
os.setgroups([]); os.setgid(1002); os.setuid(1002)
for path in sys.argv[1:]:
    try:
        append(path, b"secret", secret=True)
        print("taken")
    except OSError as error:
        print(error)
"""


def test_a_key_goes_only_where_it_cannot_be_read(tmp_path: Path) -> None:
    blind = of_another(tmp_path)
    blind.chmod(0o622)
    open_ = tmp_path / "open"
    open_.touch()
    os.chown(open_, OTHER, OTHER)
    open_.chmod(0o666)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(blind), str(open_)], capture_output=True, text=True, check=True
    )
    taken, refused = done.stdout.splitlines()
    assert taken == "taken"
    assert "you can read it" in refused
    assert (blind.read_bytes(), open_.read_bytes()) == (b"secret\n", b"")


@pytest.mark.parametrize(("kind", "begins"), [(Kind.SYSLOG, b"<86>pegboard: {"), (Kind.JOURNALD, b"MESSAGE={")])
def test_the_logs_of_the_system_get_a_message(tmp_path: Path, kind: Kind, begins: bytes) -> None:
    path = tmp_path / "log"
    with pytest.raises(FileNotFoundError):
        put(Anchor(kind=kind, target=str(path)), LINE)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(path))
        put(Anchor(kind=kind, target=str(path)), LINE)
        got = log.recv(4096)
    assert got.startswith(begins)
    assert LINE in got


@contextmanager
def collector(folder: Path, status: int) -> Iterator[tuple[str, list[bytes], str]]:
    """A collector with a certificate of its own: URL, what it got, and the certificate's file."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made += [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        absent("openssl")
    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silence."""

    class Quiet(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that does not trust us is what is tested."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Quiet(("localhost", 0), Collector) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}/audit", got, str(cert)
        finally:
            server.shutdown()
            thread.join()


def test_a_collector_takes_a_line_only_over_a_connection_that_we_trust(tmp_path: Path) -> None:
    with collector(tmp_path, 204) as (url, got, ca):
        put(Anchor(kind=Kind.HTTPS, target=url, ca=ca), LINE)
        assert got == [LINE]
        with pytest.raises(OSError, match=r"(?i)certificate"):
            put(Anchor(kind=Kind.HTTPS, target=url), LINE)
        with pytest.raises(OSError, match="https URL"):
            put(Anchor(kind=Kind.HTTPS, target=url.replace("https", "http"), ca=ca), LINE)
        assert got == [LINE]


@pytest.mark.parametrize("status", [302, 401, 500])
def test_another_answer_than_yes_is_a_failure(tmp_path: Path, status: int) -> None:
    with collector(tmp_path, status) as (url, got, ca):
        with pytest.raises(OSError, match=f"status {status}"):
            put(Anchor(kind=Kind.HTTPS, target=url, ca=ca), LINE)
        assert got == [LINE], "a redirect is not followed"


def test_a_collector_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(ConnectionRefusedError):
        put(Anchor(kind=Kind.HTTPS, target="https://localhost:1/"), LINE)
