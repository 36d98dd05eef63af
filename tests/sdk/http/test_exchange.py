"""Requests to a real server on loopback: over connections that are kept, lost, cut."""

import socket
import threading
import time
from contextlib import closing

import pytest
from lined import BODY, exchange, headers_of, lines_to, whole
from scripted_server import ScriptedServer, Turn

from pegboard_sdk import CallCancelled, Effect, InvalidParams, RateLimited, Upstream
from pegboard_sdk.http import Exchange, Lifeline, Sending, fetched


@pytest.fixture
def connect(monkeypatch):
    """Makes lines to a server, and closes them."""
    made = []
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def lined(url, *, environ=None, **settings):
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        made.append(lines_to(url, **settings))
        return made[-1]

    yield lined
    for lines in made:
        lines.close()


def test_one_connection_serves_many_requests_refused_ones_too(connect):
    turns = [Turn(text="a"), Turn(status=429), Turn(raw=b"data: x\n\n"), Turn(text="b", whole=True), Turn(text="c")]
    with ScriptedServer(turns) as server:
        lines = connect(server.url)
        assert b"[DONE]" in whole(lines)
        with pytest.raises(RateLimited):
            whole(lines)
        assert whole(lines) == b"data: x\n\n"
        assert whole(lines).lstrip().startswith(b"{")
        assert b"[DONE]" in whole(lines)
        assert len({seen.connection for seen in server.seen}) == 1
        assert server.bodies[0]["messages"] == [{"role": "user", "content": "hi"}]
        assert headers_of(server.seen[0])["content-type"] == "application/json"


def test_an_answer_that_was_taken_without_its_last_bytes_leaves_a_connection_too(connect):
    with ScriptedServer([Turn(text="a")]) as server:
        lines = connect(server.url)
        for _ in range(3):
            with closing(exchange(lines)) as answer:
                taken = b""
                while b"[DONE]" not in taken:
                    taken += answer.read()
                answer.is_whole = True
        assert len({seen.connection for seen in server.seen}) == 1


def test_an_answer_that_was_left_costs_its_connection(connect):
    with ScriptedServer([Turn(text="abc", hang_after=2), Turn(text="b")]) as server:
        lines = connect(server.url)
        with closing(exchange(lines)) as answer:
            answer.read()
        assert server.wait_for(lambda server: server.seen[0].gone)
        assert b"[DONE]" in whole(lines)
        assert len({seen.connection for seen in server.seen}) == 2


def test_a_connection_that_the_server_closed_while_idle_is_replaced_unnoticed(connect):
    with ScriptedServer([Turn(text="a")]) as server:
        lines = connect(server.url)
        whole(lines)
        for connection in list(server.http.open):
            connection.shutdown(socket.SHUT_RDWR)
        assert b"[DONE]" in whole(lines)
        assert len(server.seen) == 2


def test_requests_at_the_same_time_have_connections_of_their_own(connect):
    with ScriptedServer([Turn(text="a", delay_s=0.5)]) as server:
        lines = connect(server.url)
        answers = [exchange(lines) for _ in range(6)]
        assert all(b"[DONE]" in answer.rest(1 << 20) for answer in answers)
        for answer in answers:
            answer.close()
        assert len({seen.connection for seen in server.seen}) == 6


def cut_while_waiting(lines, is_there):
    """Cut a request once `is_there` holds; the error, and how long it took."""
    life, ended = Lifeline(), []

    def ask():
        try:
            whole(lines, life=life)
        except CallCancelled as error:
            ended.append((error, time.monotonic()))

    thread = threading.Thread(target=ask)
    thread.start()
    assert is_there()
    cut = time.monotonic()
    life.cut()
    thread.join(20)
    ((error, moment),) = ended
    return error, moment - cut


@pytest.mark.parametrize("turn", [Turn(text="abc", hang_after=2), Turn(text="abc", hang_after=0), Turn(delay_s=3.0)])
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_cut_ends_the_wait_at_once_whatever_is_waited_for(connect, turn, is_kept):
    with ScriptedServer([Turn(text="a"), turn] if is_kept else [turn]) as server:
        lines = connect(server.url)
        if is_kept:
            whole(lines)
        error, took = cut_while_waiting(lines, lambda: server.wait_for(lambda s: len(s.seen) == 1 + is_kept))
        assert error.effect is Effect.NONE
        assert took < 0.2
        assert len({seen.connection for seen in server.seen}) == 1
        if turn.hang_after is not None:
            assert server.wait_for(lambda server: server.seen[-1].gone)


def test_a_cut_ends_the_wait_for_a_connection(connect):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        with socket.create_connection(deaf.getsockname()):
            # Its queue is full, so that who connects now waits.
            lines = connect(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1")
            lines.warm()
            _, took = cut_while_waiting(lines, lambda: True)
    assert took < 0.2


def test_a_cut_ends_the_wait_for_what_is_still_being_imported(connect):
    with ScriptedServer() as server:
        lines = connect(server.url)
        with lines._making:
            _, took = cut_while_waiting(lines, lambda: True)
        assert took < 0.2
        assert b"[DONE]" in whole(lines)
        assert len(server.seen) == 1


def test_what_was_cut_before_is_never_sent(connect):
    with ScriptedServer() as server:
        life = Lifeline()
        life.cut()
        with pytest.raises(CallCancelled):
            exchange(connect(server.url), life=life)
        assert server.seen == []


def test_a_server_that_is_not_there_is_named(connect):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(Upstream, match="refused") as caught:
            whole(connect(url))
    assert url in caught.value.message
    assert (caught.value.retry_ms, caught.value.effect) == (0, Effect.NONE)


def test_a_server_that_is_silent_for_too_long_is_named(connect):
    with ScriptedServer([Turn(text="abc", hang_after=2)]) as server, pytest.raises(Upstream, match="silent for too"):
        whole(connect(server.url), silence_s=0.3)


def test_a_body_that_is_cut_off_is_an_error_not_an_end(connect):
    with ScriptedServer([Turn(text="abc", cut_after=2)]) as server, pytest.raises(Upstream, match="broke"):
        whole(connect(server.url))


def test_a_query_of_the_url_stands_after_each_path(connect):
    with ScriptedServer([Turn(text="a")]) as server:
        whole(connect(f"{server.url}?api-version=2"))
        assert server.seen[0].path == "/v1/chat/completions?api-version=2"


def test_without_a_key_none_is_sent_and_headers_of_the_user_replace_others_whatever_their_case(connect):
    with ScriptedServer([Turn(text="a")]) as server:
        whole(connect(server.url))
        whole(connect(server.url, key="sk-1"))
        whole(connect(server.url, key="sk-1", headers={"authorization": "Basic x", "accept": "a/b"}))
        seen = [headers_of(each) for each in server.seen]
    assert [each.get("authorization") for each in seen] == [None, "Bearer sk-1", "Basic x"]
    assert [each["accept"] for each in seen] == ["text/event-stream, application/json"] * 2 + ["a/b"]


def test_a_redirect_is_not_followed(connect):
    with ScriptedServer([Turn(status=307, headers={"Location": "http://elsewhere.invalid/"})]) as server:
        with pytest.raises(InvalidParams, match=r"elsewhere\.invalid.*base_url"):
            whole(connect(server.url, key="sk-1"))
        assert len(server.seen) == 1


def test_a_proxy_is_given_the_whole_url_and_its_credentials(connect):
    with ScriptedServer([Turn(text="a")]) as proxy:
        place = f"http://u:p@127.0.0.1:{proxy.http.server_port}"
        whole(connect("http://model.invalid/v1", environ={"HTTP_PROXY": place}))
        (seen,) = proxy.seen
        assert seen.path == "http://model.invalid/v1/chat/completions"
        assert headers_of(seen)["host"] == "model.invalid"
        assert headers_of(seen)["proxy-authorization"] == "Basic dTpw"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_what_is_asked_of_this_machine_does_not_leave_it(connect, name):
    with ScriptedServer([Turn(text="a")]) as server:
        assert b"[DONE]" in whole(connect(server.url, environ={name: "http://proxy.invalid:3128"}))
        with ScriptedServer([Turn(text="by way of it")]) as inside:
            found = whole(connect(server.url, environ={name: inside.root}))
    assert b"by way of it" in found, "one on this machine may be the only way out of a closed room"


def test_a_proxy_that_opens_no_tunnel_is_an_error(connect):
    with ScriptedServer() as proxy:
        environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.http.server_port}"}
        with pytest.raises(Upstream, match="501"):
            whole(connect("https://x.invalid/v1", environ=environ))


def test_a_socks_proxy_is_greeted_and_no_proxy_keeps_to_itself(connect):
    with socket.create_server(("127.0.0.1", 0)) as proxy, ScriptedServer([Turn(text="a")]) as server:
        environ = {"ALL_PROXY": f"socks5://127.0.0.1:{proxy.getsockname()[1]}", "NO_PROXY": "127.0.0.1"}
        assert b"[DONE]" in whole(connect(server.url, environ=environ))
        with closing(exchange(connect("http://model.invalid/v1"))):
            connection, _ = proxy.accept()
            with connection:
                assert connection.recv(1) == b"\x05"


def test_a_proxy_of_an_unknown_kind_is_refused_without_its_password(connect):
    with pytest.raises(InvalidParams, match="gopher") as caught:
        whole(connect("http://x.invalid/v1", environ={"ALL_PROXY": "gopher://user:secret@p"}))
    assert "secret" not in str(caught.value)


def test_certificates_that_cannot_be_read_are_named(connect, tmp_path):
    with pytest.raises(InvalidParams, match="SSL_CERT_FILE"):
        whole(connect("https://x.invalid/v1", environ={"SSL_CERT_FILE": str(tmp_path / "none")}))


def test_a_server_without_the_tls_that_is_asked_for_is_no_answer(connect):
    with ScriptedServer() as server, pytest.raises(Upstream, match="no answer"):
        whole(connect(server.url.replace("http:", "https:")))


def test_a_request_without_a_body_is_a_get_and_may_name_a_query_of_its_own(connect):
    with ScriptedServer(models=["a"]) as server:
        lines = connect(f"{server.url}?api-version=2")
        assert b'"id": "a"' in fetched(lines, Sending("/models?limit=5", 20.0), Lifeline())
        assert b'"id": "a"' in fetched(lines, Sending(f"{server.root}/v9/models", 20.0), Lifeline())
    assert [seen.path for seen in server.seen] == ["/v1/models?limit=5&api-version=2", "/v9/models?api-version=2"]


def test_headers_of_a_request_count_before_those_of_the_endpoint(connect):
    with ScriptedServer([Turn(text="a")]) as server:
        lines = connect(server.url, headers={"X-A": "theirs", "X-B": "theirs"})
        with closing(Exchange(lines, Sending("/chat/completions", 20.0, BODY, headers=(("X-A", "ours"),)), Lifeline())):
            assert server.wait_for(lambda server: server.seen)
    assert (headers_of(server.seen[0])["x-a"], headers_of(server.seen[0])["x-b"]) == ("ours", "theirs")


def test_a_proxy_that_a_setting_names_is_used_instead_of_the_environments(connect):
    with ScriptedServer([Turn(text="a")]) as proxy:
        place = proxy.url.removesuffix("/v1")
        lines = connect("http://model.invalid/v1", proxy=place, environ={"HTTP_PROXY": "http://127.0.0.1:1"})
        assert b"[DONE]" in whole(lines)
    assert proxy.seen[0].path == "http://model.invalid/v1/chat/completions"
