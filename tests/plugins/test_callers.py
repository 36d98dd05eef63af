"""Each vendor's own client behind the one interface: what a provider's transport relies on holds with all of them."""

import shutil
import socket
import threading
import time
from contextlib import closing

import pytest
from certified import certificate_in, over_tls
from lined import headers_of, lines_to, whole
from needing import absent
from scripted_server import ScriptedServer, Turn

from pegboard_anthropic.client import caller as anthropic
from pegboard_openai.client import caller as openai
from pegboard_sdk import CallCancelled, Effect, InvalidParams, RateLimited, Upstream
from pegboard_sdk.http import Lifeline


@pytest.fixture(params=[openai, anthropic], ids=["openai", "anthropic"])
def connect(request, monkeypatch):
    """Makes lines to a server with a vendor's client."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = []

    def lined(url, **settings):
        made.append(lines_to(url, call=request.param, **settings))
        return made[-1]

    yield lined
    for lines in made:
        lines.close()


def test_one_connection_serves_requests_of_all_endings_and_none_is_repeated(connect):
    turns = [Turn(text="a"), Turn(status=429, error={"error": "slow"}), Turn(text="b", whole=True), Turn(text="c")]
    with ScriptedServer(turns, strict=False) as server:
        lines = connect(f"{server.url}?api-version=2")
        assert b"[DONE]" in whole(lines)
        with pytest.raises(RateLimited, match="answered 429: slow"):
            whole(lines)
        assert whole(lines).startswith(b"{")
        assert b"[DONE]" in whole(lines)
        assert [seen.path for seen in server.seen] == ["/v1/chat/completions?api-version=2"] * 4
        assert len({seen.connection for seen in server.seen}) == 1


def test_without_a_key_none_is_sent_and_headers_of_the_user_replace_others_whatever_their_case(connect):
    with ScriptedServer([Turn(text="a")], strict=False) as server:
        whole(connect(server.url))
        whole(connect(server.url, key="sk-1"))
        whole(connect(server.url, key="sk-1", headers={"authorization": "Basic x", "accept": "a/b"}))
        none, ours, theirs = (headers_of(each) for each in server.seen)
    assert {"authorization", "x-api-key"}.isdisjoint(none)
    assert "sk-1" in ours.get("authorization", "") + ours.get("x-api-key", "")
    assert (theirs["authorization"], theirs["accept"]) == ("Basic x", "a/b")
    assert ours["accept"] == "text/event-stream, application/json"
    assert ours["content-type"] == "application/json"


@pytest.mark.parametrize("turn", [Turn(text="abc", hang_after=2), Turn(text="abc", hang_after=0)], ids=["body", "head"])
def test_a_cut_ends_the_wait_on_a_kept_connection_at_once(connect, turn):
    with ScriptedServer([Turn(text="a"), turn], strict=False) as server:
        lines = connect(server.url)
        whole(lines)
        life, cut = Lifeline(), []

        def leave():
            server.wait_for(lambda server: len(server.seen) == 2)
            cut.append(time.monotonic())
            life.cut()

        leaving = threading.Thread(target=leave)
        leaving.start()
        with pytest.raises(CallCancelled):
            whole(lines, life=life)
        assert time.monotonic() - cut[0] < 0.2
        leaving.join()
        assert server.wait_for(lambda server: server.seen[1].gone)


def test_what_fails_below_is_named_by_its_cause(connect):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Upstream, match=r"no answer: .*refused") as caught:
            whole(connect(f"http://127.0.0.1:{taken.getsockname()[1]}/v1"))
    assert (caught.value.retry_ms, caught.value.effect) == (0, Effect.NONE)
    turns = [
        Turn(text="abc", cut_after=2),
        Turn(delay_s=0.5),
        Turn(status=307, headers={"Location": "http://e.invalid"}),
    ]
    with ScriptedServer(turns, strict=False) as server:
        lines = connect(server.url)
        with pytest.raises(Upstream, match="the connection broke"):
            whole(lines)
        with pytest.raises(Upstream, match="silent for too long"):
            whole(lines, silence_s=0.1)
        with pytest.raises(InvalidParams, match=r"e\.invalid"):
            whole(lines)


def test_a_proxy_and_certificates_that_settings_name_are_used(connect, tmp_path):
    with ScriptedServer([Turn(text="a")], strict=False) as proxy:
        assert b"[DONE]" in whole(connect("http://model.invalid/v1", proxy=proxy.root))
    assert proxy.seen[0].path == "http://model.invalid/v1/chat/completions"
    if shutil.which("openssl") is None:
        absent("openssl, which makes the certificate")
    certificate = certificate_in(tmp_path)
    server = ScriptedServer([Turn(text="a")], strict=False)
    url = over_tls(server, certificate)
    with server:
        assert b"[DONE]" in whole(connect(url, ca_file=str(certificate[0])))
        with pytest.raises(Upstream, match=r"(?i)certificate") as caught, closing(connect(url)) as lines:
            whole(lines)
    assert caught.value.retry_ms is None
