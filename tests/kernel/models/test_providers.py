"""Which plugin answers for a model, and that a key goes only where it was asked for."""

from collections.abc import Callable, Mapping

import pytest

from pegboard.config import ModelSettings, Settings
from pegboard.models.providers import DEFAULT_MODEL, setup_of, target_of
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.manifest import Manifest, parse_manifest


def manifest(more: str = "", *, model: bool = True) -> Manifest:
    text = 'schema = 1\nid = "openai"\nversion = "1"\n' + more + ('[[model]]\nname = "openai"\n' if model else "")
    return parse_manifest(text.encode(), where="test")


def from_(environ: Mapping[str, str]) -> Callable[[str], str]:
    return lambda name: environ.get(name, "")


KEYED = '[capabilities]\nsecrets = ["OPENAI_API_KEY"]\n'
OWN = ModelSettings(provider="openai", model="big", base_url="http://own/v1", api_key_env="OWN_KEY", headers={"a": "b"})
SETTINGS = Settings(models={"fast": ModelSettings(provider="openai", model="small"), "own": OWN})


@pytest.mark.parametrize(
    ("name", "plugin", "model"),
    [
        ("openai/gpt-5", "openai", "gpt-5"),
        ("openai/org/model:8b", "openai", "org/model:8b"),
        ("fast", "openai", "small"),
        ("own", "openai@own", "big"),
    ],
)
def test_a_name_is_a_configured_one_or_provider_and_id(name: str, plugin: str, model: str):
    target = target_of(name, SETTINGS)
    assert (target.plugin, target.model, target.name) == (plugin, model, name)


def test_without_a_name_the_configured_or_the_usual_model_is_asked():
    assert target_of("", Settings()).name == DEFAULT_MODEL
    assert target_of("", Settings(model="fast", models=SETTINGS.models)).model == "small"


@pytest.mark.parametrize("name", ["gpt-5", "openai/", "quick"])
def test_any_other_name_is_refused_with_what_would_be_right(name: str):
    with pytest.raises(NotFound, match=r"write PROVIDER/ID.*configured: fast, own"):
        target_of(name, SETTINGS)


def test_a_key_goes_only_to_who_asks_for_it():
    environ = {"OPENAI_API_KEY": "k", "OTHER": "o", "OPENAI_BASE_URL": "http://env/v1"}
    asked = setup_of("openai", manifest(KEYED), Settings(), environ, from_(environ))
    assert asked.secrets == {"OPENAI_API_KEY": "k"}
    assert asked.settings == {"base_url": "http://env/v1"}
    assert setup_of("other", manifest(), Settings(), environ, from_(environ)).settings == {}
    silent = setup_of("files", manifest(model=False), Settings(), environ, from_(environ))
    assert (silent.secrets, silent.settings) == ({}, {})


def test_a_configured_instance_has_its_own_key_and_server_and_never_the_environments():
    environ = {"OPENAI_API_KEY": "k", "OWN_KEY": "own", "OPENAI_BASE_URL": "http://env/v1"}
    setup = setup_of("openai@own", manifest(KEYED), SETTINGS, environ, from_(environ))
    assert setup.secrets == {"OPENAI_API_KEY": "own"}
    assert setup.settings == {"base_url": "http://own/v1", "headers": {"a": "b"}}
    assert setup_of("openai@own", manifest(KEYED), SETTINGS, {}, from_({"OPENAI_API_KEY": "k"})).secrets == {}


def test_a_plugins_settings_reach_it():
    settings = Settings(plugin={"openai": {"retries": 3, "base_url": "http://set/v1"}})
    assert setup_of("openai", manifest(), settings, {}, from_({})).settings == {
        "retries": 3,
        "base_url": "http://set/v1",
    }
