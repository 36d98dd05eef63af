"""Requests over TLS to a server on loopback, whose certificate the environment trusts or does not."""

import shutil
import time
from contextlib import closing, contextmanager
from threading import Timer

import pytest
from certified import certificate_in, over_tls
from lined import lines_to, whole
from needing import absent
from scripted_server import ScriptedServer, Turn

from pegboard_sdk import CallCancelled, InvalidParams, Upstream
from pegboard_sdk.http import Lifeline


@pytest.fixture
def certificate(tmp_path):
    """The files of a certificate for 127.0.0.1 and of its key."""
    if shutil.which("openssl") is None:
        absent("openssl, which makes the certificate")
    return certificate_in(tmp_path)


@contextmanager
def serving(certificate, *turns, **settings):
    """A server over TLS, and lines to it."""
    server = ScriptedServer(turns)
    lines = lines_to(over_tls(server, certificate), **settings)
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
