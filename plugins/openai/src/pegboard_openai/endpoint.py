"""Which endpoint the settings name, and what it is like. It opens nothing."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from pegboard_openai.profile import Profile
from pegboard_openai.profiles import profile_of
from pegboard_sdk import InvalidParams, Setup
from pegboard_sdk.http import Endpoint, Service, endpoint_from

OPENAI: Final = Service(
    url="https://api.openai.com/v1",
    key="OPENAI_API_KEY",
    forms="https://HOST/v1 or http://HOST:PORT/v1",
    keyless="`peg login openai` or set OPENAI_API_KEY; for another server, OPENAI_BASE_URL or base_url",
)


def profiled(setup: Setup) -> tuple[Endpoint, Profile]:
    """The endpoint of `setup`, with its profile's path where the user gave none. Raises as `endpoint_from`."""
    endpoint = endpoint_from(OPENAI, setup)
    profile = profile_of(endpoint.url, _profiles(setup.settings))
    return endpoint if urlsplit(endpoint.url).path else replace(endpoint, url=endpoint.url + profile.path), profile


def _profiles(settings: Mapping[str, Any]) -> dict[str, str]:
    given = settings.get("profiles", {})
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given.values()):
        raise InvalidParams('profiles: must be a table of hosts and names, such as "10.0.0.5:9000" = "vllm"')
    return given
