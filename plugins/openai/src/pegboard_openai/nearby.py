"""Local servers, looked for on loopback alone: where the user says, else on the ports that such programs have.

No key is sent: whoever listens there was given none.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from pegboard_openai.endpoint import OPENAI
from pegboard_openai.listing import models_of
from pegboard_openai.profiles import PROFILES, profile_of
from pegboard_openai.server import Server
from pegboard_sdk import InvalidParams, ModelInfo, PegboardError
from pegboard_sdk.http import LOOPBACK, Endpoint, Lifeline

ANSWER_S: Final = 2.0


class Found(Struct, frozen=True):
    """A server that answered."""

    name: str
    url: str
    models: tuple[ModelInfo, ...]


def candidates(local: object) -> tuple[str, ...]:
    """Where to look. Raises InvalidParams for a setting that names anything but loopback."""
    if not local:
        return tuple(f"http://127.0.0.1:{profile.port}" for profile in PROFILES if profile.port)
    given = local if isinstance(local, list | tuple) else (local,)
    for url in given:
        if not isinstance(url, str) or urlsplit(url).hostname not in LOOPBACK:
            raise InvalidParams(f"local: {url!r} is no URL on loopback, such as http://127.0.0.1:11434")
    return tuple(given)


def found(urls: Sequence[str], life: Lifeline) -> list[Found]:
    """The servers that answer within two seconds, in the order of `urls`."""
    with ThreadPoolExecutor(max_workers=max(1, len(urls))) as pool:
        answers = list(pool.map(lambda url: _asked(url, life), urls))
    return [answer for answer in answers if answer is not None]


def said(servers: Sequence[Found], urls: Sequence[str]) -> str:
    """What was found, in words, and how to use it."""
    if not servers:
        places = ", ".join(url.removeprefix("http://") for url in urls)
        return (
            f"No model server answers at {places}. Inside a sandbox only those are reached that stand under `local` in "
            "[plugin.openai]."
        )
    lines: list[str] = []
    for server in servers:
        lines.append(f"{server.name}: base_url = {server.url!r}")
        lines += [f"  {model.id}" + (f"  {model.context} tokens" if model.context else "") for model in server.models]
    return "\n".join(lines)


def _asked(url: str, life: Lifeline) -> Found | None:
    profile = profile_of(url, {})
    base = url.rstrip("/") + ("" if urlsplit(url).path.strip("/") else profile.path or "/v1")
    server = Server(Endpoint(service=OPENAI, url=base), profile)
    try:
        life.check()
        return Found(profile.name, base, tuple(models_of(profile, server.fetch(Lifeline(), ANSWER_S))))
    except PegboardError:
        return None
    finally:
        server.lines.close()
