"""The device flow (RFC 8628): a person confirms a code in a browser, wherever that is, and we wait for the token."""

import json
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import msgspec
from msgspec import Struct

from pegboard_sdk.errors import InvalidParams, Unauthenticated

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
MOST_BYTES: Final = 1 << 16
SLOWER_S: Final = 5.0
LONGEST_S: Final = 1800.0

Answer = dict[str, Any]
Post = Callable[[str, dict[str, str]], Answer]


class DeviceLogin(Struct, frozen=True, forbid_unknown_fields=True):
    """`[plugin.ID.device_login]` of the user's configuration."""

    client_id: str
    device_url: str
    token_url: str
    scope: str = ""


class Token(Struct, frozen=True):
    """What was given; `until` is in seconds since 1970, 0 when nobody said."""

    value: str
    until: float = 0


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nobody: a code goes to the server that was configured."""


def device_login_of(settings: dict[str, Any]) -> DeviceLogin:
    """Of a plugin's settings. Raises InvalidParams where there is none, or it does not fit."""
    if "device_login" not in settings:
        raise InvalidParams("--device needs `device_login` in this plugin's settings: client_id, device_url, token_url")
    try:
        found = msgspec.convert(settings["device_login"], DeviceLogin)
    except msgspec.ValidationError as error:
        raise InvalidParams(f"device_login does not fit: {error}") from error
    for url in (found.device_url, found.token_url):
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise InvalidParams(f"device_login: {url!r} is not https")
    return found


def post(url: str, form: dict[str, str]) -> Answer:
    """Send a form; errors of the flow are answers, too. Raises Unauthenticated when there is no such answer."""
    request = Request(url, urlencode(form).encode(), {"Accept": "application/json"})
    try:
        try:
            with build_opener(_Stay).open(request, timeout=30) as response:
                data = response.read(MOST_BYTES)
        except HTTPError as error:
            data = error.read(MOST_BYTES)
        answer = json.loads(data)
    except (URLError, OSError, ValueError, RecursionError):
        raise Unauthenticated(f"{urlsplit(url).hostname} gave no answer that can be read") from None
    if not isinstance(answer, dict):
        raise Unauthenticated(f"{urlsplit(url).hostname} gave no answer that can be read")
    return answer


def log_in(
    login: DeviceLogin,
    tell: Callable[[str, str], None],
    *,
    send: Post = post,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> Token:
    """Tell a person where to go and which code to type, and wait until they did. Raises Unauthenticated when not."""
    asked = send(login.device_url, {"client_id": login.client_id, **({"scope": login.scope} if login.scope else {})})
    code, typed, where = (asked.get(name) for name in ("device_code", "user_code", "verification_uri"))
    if not (isinstance(code, str) and isinstance(typed, str) and isinstance(where, str)):
        raise Unauthenticated(f"the server gave no code: {_said(asked)}")
    tell(where, typed)
    wait = max(1.0, _seconds(asked.get("interval"), 5.0))
    end = now() + min(_seconds(asked.get("expires_in"), LONGEST_S), LONGEST_S)
    while now() + wait < end:
        sleep(wait)
        answer = send(login.token_url, {"grant_type": GRANT, "device_code": code, "client_id": login.client_id})
        token, error = answer.get("access_token"), answer.get("error")
        if isinstance(token, str) and token:
            lasts = _seconds(answer.get("expires_in"), 0)
            return Token(token, now() + lasts if lasts else 0)
        if error == "slow_down":
            wait += SLOWER_S
        elif error != "authorization_pending":
            raise Unauthenticated(f"the login was not given: {_said(answer)}")
    raise Unauthenticated("nobody typed the code in time; log in again")


def _seconds(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value < 1e9 else otherwise


def _said(answer: Answer) -> str:
    """The error's name alone: a description could hold anything."""
    error = answer.get("error")
    return error[:60] if isinstance(error, str) and error.replace("_", "").isalnum() else "no reason"
