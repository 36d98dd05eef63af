"""The device flow against a server of our own, which says what servers say."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from pegboard.cli.device import GRANT, DeviceLogin, Token, device_login_of, log_in, post
from pegboard_sdk.errors import InvalidParams, Unauthenticated

CODE = {"device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": "https://v.example", "interval": 2}
PENDING = {"error": "authorization_pending"}


class Clock:
    """Time that passes by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def server(*answers: Any) -> Iterator[tuple[DeviceLogin, list[dict[str, list[str]]]]]:
    seen: list[dict[str, list[str]]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

        def do_POST(self) -> None:
            seen.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            answer = left.pop(0) if len(left) > 1 else left[0]
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(400 if b"error" in data else 302 if data == b"away" else 200)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.server_port}"
        yield DeviceLogin("us", f"{url}/device", f"{url}/token", "models"), seen
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def run(login: DeviceLogin, clock: Clock) -> tuple[Token, list[tuple[str, str]]]:
    told: list[tuple[str, str]] = []
    token = log_in(login, lambda *words: told.append(words), send=post, sleep=clock.sleep, now=lambda: clock.now)
    return token, told


def test_a_person_is_told_the_code_and_the_token_comes_when_they_typed_it():
    clock = Clock()
    done = {"access_token": "the-token", "expires_in": 3600}
    with server(CODE, PENDING, {"error": "slow_down"}, PENDING, done) as (login, seen):
        token, told = run(login, clock)
    assert told == [("https://v.example", "ABCD-EFGH")]
    assert clock.slept == [2, 2, 7, 7]
    assert token == Token("the-token", clock.now + 3600)
    assert seen[0] == {"client_id": ["us"], "scope": ["models"]}
    assert seen[1] == {"grant_type": [GRANT], "device_code": ["d"], "client_id": ["us"]}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([{"error": "invalid_client"}], "gave no code: invalid_client"),
        ([CODE, {"error": "access_denied"}], "was not given: access_denied"),
        ([CODE, {"error": "\x1b]0;x"}], "was not given: no reason"),
        ([CODE, {"error": "expired_token"}], "was not given: expired_token"),
        ([{**CODE, "expires_in": 20}, PENDING], "nobody typed the code in time"),
        ([b"<html>"], "no answer that can be read"),
        ([b"[]"], "no answer that can be read"),
        ([b"away"], "no answer that can be read"),
        ([{**CODE, "interval": -1, "expires_in": "x"}, {"access_token": 5}], "was not given"),
    ],
)
def test_every_other_end_is_one_sentence(answers: list[Any], words: str):
    with server(*answers) as (login, _), pytest.raises(Unauthenticated, match=words):
        run(login, Clock())


def test_it_is_offered_only_where_it_is_configured_and_only_by_https():
    table = {"client_id": "us", "device_url": "https://a.example/d", "token_url": "https://a.example/t"}
    assert device_login_of({"device_login": table}).client_id == "us"
    with pytest.raises(InvalidParams, match="--device needs `device_login`"):
        device_login_of({})
    with pytest.raises(InvalidParams, match="does not fit"):
        device_login_of({"device_login": {"client_id": "us"}})
    with pytest.raises(InvalidParams, match="is not https"):
        device_login_of({"device_login": {**table, "token_url": "http://a.example/t"}})


def test_peg_login_keeps_the_token(home):
    with server({**CODE, "interval": 1}, {"access_token": "a-token-of-the-device-flow"}) as (login, _):
        home.config.mkdir()
        (home.config / "config.toml").write_text(
            f'[plugin.openai.device_login]\nclient_id = "us"\ndevice_url = "{login.device_url}"\n'
            f'token_url = "{login.token_url}"\n'
        )
        done = home.peg("login", "openai", "--device", "--file")
    assert done.returncode == 0, done.stderr
    assert "Open https://v.example and type ABCD-EFGH; this waits." in done.stderr
    assert "a-token-of-the-device-flow" not in done.stdout + done.stderr
    assert "a-token-of-the-device-flow" in (home.folder / "data" / "credentials.json").read_text()
