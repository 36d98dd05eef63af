"""`peg models` lists what the providers can reach, and says of the others why they list nothing."""

import json
from typing import Any

import pytest
from scripted_server import ScriptedServer, Turn


@pytest.mark.parametrize("command", ["models", "--list-models"])
def test_models_of_a_server_are_listed_as_they_are_given_to_a_run(home: Any, command: str) -> None:
    with ScriptedServer([Turn(text="hi")], models=("big-1", "small-2")) as server:
        home.model(server.url)
        home.config.mkdir(exist_ok=True)
        own = '[models.mine]\nprovider = "openai"\nmodel = "big-1"\n'
        far = f'[models.far]\nprovider = "openai"\nmodel = "x"\nbase_url = "{server.url}"\n'
        (home.config / "config.toml").write_text(own + far)
        done = home.peg(command)
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert {"openai/big-1", "openai/small-2", "mine  = openai/big-1", "far  = openai/x"} <= set(lines)
        assert "openai/big-1  on the server of [models.far]" in lines
        assert any(line.startswith("anthropic: lists no models") for line in lines)
        assert home.peg("-p", "hello", "-m", "openai/small-2").stdout == "hi\n"


def test_scripts_get_an_object_a_line(home: Any) -> None:
    with ScriptedServer([], models=("big-1",)) as server:
        home.model(server.url)
        done = home.peg("models", "openai", "--json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"provider": "openai", "model": "big-1", "context": 0}
    ]


def test_a_server_that_is_not_there_is_said(home: Any) -> None:
    home.model("http://127.0.0.1:9/v1")
    done = home.peg("models", "openai")
    assert done.returncode == 0
    assert done.stdout.startswith("openai: http://127.0.0.1:9/v1")
    assert "127.0.0.1:9 does not take connections" in done.stdout


def test_a_provider_that_is_not_installed_is_named_with_those_that_are(home: Any) -> None:
    done = home.peg("models", "nobody")
    assert done.returncode == 2
    assert "no provider `nobody`; installed: anthropic, openai, replay" in done.stderr
