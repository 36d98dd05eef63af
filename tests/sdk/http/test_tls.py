"""Requests over TLS to a server on loopback, whose certificate the environment trusts or does not."""

import os
import shutil
import ssl
import subprocess
import time
from contextlib import closing, contextmanager
from threading import Timer

import pytest
from lined import lines_to, whole
from scripted_server import ScriptedServer, Turn

from pegboard_sdk import CallCancelled, InvalidParams, Upstream
from pegboard_sdk.http import Lifeline

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None and not os.environ.get("CI"), reason="makes its certificate with openssl"
)


@pytest.fixture
def certificate(tmp_path):
    """The files of a certificate for 127.0.0.1 and of its key."""
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=pegboard "
        f"-addext subjectAltName=IP:127.0.0.1 -out {files[0]} -keyout {files[1]}"
    )
    subprocess.run(command.split(), check=True, capture_output=True, timeout=60)
    return files


@contextmanager
def serving(certificate, *turns, **settings):
    """A server over TLS, and lines to it."""
    server = ScriptedServer(turns)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    lines = lines_to(server.url.replace("http:", "https:"), **settings)
    with server, closing(lines):
        yield server, lines


def test_a_certificate_that_is_not_trusted_is_named_and_not_tried_again(certificate):
    with serving(certificate) as (_, lines), pytest.raises(Upstream, match=r"(?i)certificate") as caught:
        whole(lines)
    assert caught.value.retry_ms is None


def test_one_that_the_environment_trusts_serves_many_requests_and_can_be_cut(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    turns = Turn(text="a"), Turn(text="a"), Turn(text="abc", hang_after=2)
    with serving(certificate, *turns) as (server, lines):
        assert b"[DONE]" in whole(lines)
        assert b"[DONE]" in whole(lines)
        life, begun = Lifeline(), time.monotonic()
        Timer(0.3, life.cut).start()
        with pytest.raises(CallCancelled):
            whole(lines, life=life)
        assert time.monotonic() - begun < 0.5
        assert server.wait_for(lambda server: server.seen[2].gone)
        assert len({seen.connection for seen in server.seen}) == 1


def test_one_that_a_setting_names_is_trusted_and_one_that_is_none_is_named(certificate, tmp_path):
    with serving(certificate, Turn(text="a"), ca_file=str(certificate[0])) as (_, lines):
        assert b"[DONE]" in whole(lines)
    (tmp_path / "empty.pem").write_text("")
    with (
        serving(certificate, ca_file=str(tmp_path / "empty.pem")) as (_, lines),
        pytest.raises(InvalidParams, match=r"ca_file .*empty\.pem"),
    ):
        whole(lines)
