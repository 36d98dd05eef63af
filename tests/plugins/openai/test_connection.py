"""Connections to a real server on loopback: kept, lost, cut."""

import socket
import threading
import time
from contextlib import closing

import pytest
from scripted_server import ScriptedServer, Turn

from pegboard_openai.connection import Connections, Sending
from pegboard_openai.endpoint import Proxy, endpoint_from
from pegboard_openai.lifeline import Lifeline
from pegboard_sdk import CallCancelled, Effect, Setup, Upstream

BODY = (b'{"model":"m","stream":true,"messages":', b'[{"role":"user",', bytearray(b'"content":"hi"}]}'))


@pytest.fixture
def connections_to():
    """Makes connections to a server, and closes them."""
    made = []

    def connect(url, environ=None):
        connections = Connections(endpoint_from(Setup(settings={"base_url": url}), environ or {}))
        made.append(connections)
        return connections

    yield connect
    for connections in made:
        connections.close()


def sending(life=None, body=BODY, silence_s=20.0):
    return Sending("POST", "chat/completions", life or Lifeline(), silence_s, body)


def whole(connections, **more):
    with closing(connections.send(sending(**more))) as exchange:
        return exchange.status, exchange.rest()


def test_one_connection_serves_many_requests_refused_ones_too(connections_to):
    turns = [Turn(text="a"), Turn(status=429), Turn(raw=b"data: x\n\n"), Turn(text="b", whole=True), Turn(text="c")]
    with ScriptedServer(turns) as server:
        connections = connections_to(server.url)
        assert [whole(connections)[0] for _ in turns] == [200, 429, 200, 200, 200]
        assert len({seen.connection for seen in server.seen}) == 1
        assert server.bodies[0]["messages"] == [{"role": "user", "content": "hi"}]


def test_an_answer_that_was_taken_without_its_last_bytes_leaves_a_connection_too(connections_to):
    with ScriptedServer([Turn(text="a")]) as server:
        connections = connections_to(server.url)
        for _ in range(3):
            with closing(connections.send(sending())) as exchange:
                taken = b""
                while b"[DONE]" not in taken:
                    taken += exchange.read()
                exchange.is_whole = True
        assert len({seen.connection for seen in server.seen}) == 1


def test_an_answer_that_was_left_costs_its_connection(connections_to):
    with ScriptedServer([Turn(text="a" * 400, chunk=1)]) as server:
        connections = connections_to(server.url)
        connections.send(sending()).close()
        assert whole(connections)[0] == 200
        assert len({seen.connection for seen in server.seen}) == 2


def test_a_connection_that_the_server_closed_while_idle_is_replaced_unnoticed(connections_to):
    with ScriptedServer([Turn(text="a")]) as server:
        connections = connections_to(server.url)
        whole(connections)
        for connection in list(server.http.open):
            connection.shutdown(socket.SHUT_RDWR)
        assert whole(connections)[0] == 200
        assert len(server.seen) == 2


def test_requests_at_the_same_time_have_connections_of_their_own(connections_to):
    with ScriptedServer([Turn(text="a", delay_s=0.2)]) as server:
        connections = connections_to(server.url)
        threads = [threading.Thread(target=whole, args=(connections,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len({seen.connection for seen in server.seen}) == 6


@pytest.mark.parametrize("turn", [Turn(text="abc", hang_after=2), Turn(text="abc", hang_after=0), Turn(delay_s=3.0)])
def test_a_cut_ends_the_wait_at_once_whatever_is_waited_for(connections_to, turn):
    with ScriptedServer([turn]) as server:
        connections, life, ended = connections_to(server.url), Lifeline(), []

        def ask():
            try:
                whole(connections, life=life)
            except CallCancelled as error:
                ended.append((error.effect, time.monotonic()))

        thread = threading.Thread(target=ask)
        thread.start()
        assert server.wait_for(lambda server: server.seen)
        cut = time.monotonic()
        life.cut()
        thread.join(20)
        ((effect, moment),) = ended
        assert effect is Effect.NONE
        assert moment - cut < 0.2
        if turn.hang_after is not None:
            assert server.wait_for(lambda server: server.seen[0].gone)


def test_what_was_cut_before_is_never_sent(connections_to):
    with ScriptedServer() as server:
        life = Lifeline()
        life.cut()
        with pytest.raises(CallCancelled):
            connections_to(server.url).send(sending(life=life))
        assert server.seen == []


def test_a_server_that_is_not_there_is_named(connections_to):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(Upstream, match="refused") as caught:
            connections_to(url).send(sending())
    assert url in caught.value.message
    assert (caught.value.retry_ms, caught.value.effect) == (0, Effect.NONE)


def test_a_server_that_is_silent_for_too_long_is_named(connections_to):
    with ScriptedServer([Turn(text="abc", hang_after=2)]) as server:
        exchange = connections_to(server.url).send(sending(silence_s=0.3))
        with closing(exchange), pytest.raises(Upstream, match="silent for too long"):
            exchange.rest()


def test_a_body_that_is_cut_off_is_an_error_not_an_end(connections_to):
    with ScriptedServer([Turn(text="abc", cut_after=2)]) as server:
        exchange = connections_to(server.url).send(sending())
        with closing(exchange), pytest.raises(Upstream, match="broke"):
            exchange.rest()


def test_a_proxy_is_given_the_whole_url_and_its_credentials(connections_to):
    with ScriptedServer([Turn(text="a")]) as proxy:
        place = f"u:p@127.0.0.1:{proxy.http.server_port}"
        connections = connections_to("http://model.invalid/v1", {"HTTP_PROXY": f"http://{place}"})
        assert whole(connections)[0] == 200
        (seen,) = proxy.seen
        assert seen.path == "http://model.invalid:80/v1/chat/completions"
        assert seen.headers["Host"].startswith("model.invalid")
        assert seen.headers["Proxy-Authorization"] == "Basic dTpw"


def test_a_proxy_that_opens_no_tunnel_is_an_error(connections_to):
    with ScriptedServer() as proxy:
        environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.http.server_port}"}
        assert endpoint_from(Setup(settings={"base_url": "https://x.invalid"}), environ).proxy == Proxy(
            host="127.0.0.1", port=proxy.http.server_port
        )
        with pytest.raises(Upstream, match="Tunnel connection failed"):
            connections_to("https://x.invalid/v1", environ).send(sending())
