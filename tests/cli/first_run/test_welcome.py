"""Without a model that is set up: what a person is told and asked, what is remembered, and what a script gets."""

from typing import Any

import pytest
from click.testing import CliRunner
from scripted_server import ScriptedServer

from pegboard.cli.first_run.failure import NoModel
from pegboard.cli.first_run.servers import Kind
from pegboard.cli.first_run.welcome import model_for
from pegboard.cli.installed import registry_of
from pegboard.cli.settings import load_config
from pegboard.places import Places


def look(home: Any, said: str, *, person: bool = True, port: int = 0) -> tuple[Any, str]:
    places = Places.from_environ(home.env)
    config = load_config(places, {})
    kinds = [Kind("ollama", "Ollama", port)] if port else []
    with CliRunner().isolation(input=said, env={"OPENAI_API_KEY": None, "OPENAI_BASE_URL": None}) as (_, err, _both):
        try:
            found: Any = model_for(places, config.settings, registry_of(places, config), person=person, kinds=kinds)
        except NoModel as error:
            found = error.message
        return found, err.getvalue().decode()


def test_a_person_without_anything_is_told_all_ways(home: Any) -> None:
    found, told = look(home, "")
    assert found == "no model is set up"
    for way in ("peg login", "OPENAI_API_KEY", "Ollama", "OPENAI_BASE_URL", "peg demo"):
        assert way in told


@pytest.mark.parametrize(("keep", "kept"), [("y", True), ("n", False), ("", False)])
def test_a_local_server_is_offered_and_remembered_only_when_somebody_says_so(home: Any, keep: str, kept: bool) -> None:
    with ScriptedServer(models=("llama3", "qwen-coder")) as server:
        port = int(server.url.split(":")[2].split("/")[0])
        found, told = look(home, f"1\n{keep}\n", port=port)
    assert found[-1] == "model=ollama"
    assert f"1  Ollama on this machine, port {port}, with qwen-coder (and 1 more)" in told
    file = home.config / "config.toml"
    assert file.exists() is kept
    if kept:
        settings = load_config(Places.from_environ(home.env), {}).settings
        assert (settings.model, settings.models["ollama"].model) == ("ollama", "qwen-coder")
        assert look(home, "", port=port)[0] == (), "and is not asked again"


def test_none_of_these_says_the_other_ways(home: Any) -> None:
    with ScriptedServer(models=("llama3",)) as server:
        found, told = look(home, "0\n", port=int(server.url.split(":")[2].split("/")[0]))
    assert found == "no model was chosen"
    assert "peg login" in told


def test_nothing_is_looked_for_behind_a_scripts_back(home: Any) -> None:
    with ScriptedServer(models=("llama3",)) as server:
        assert look(home, "", person=False, port=int(server.url.split(":")[2].split("/")[0])) == ((), "")
        assert server.seen == []


def test_what_is_set_up_is_left_alone(home: Any) -> None:
    home.peg("config", "set", "model", "replay/x")
    assert look(home, "")[0] == ()


def test_a_key_that_was_kept_is_enough(home: Any) -> None:
    assert home.peg("login", "openai", "--stdin", "--file", stdin="sk-aaaaaaaaaaaaaaaa\n").returncode == 0
    assert look(home, "")[0] == ()
