"""Models chosen, paid and stopped, end to end: the real program, its plugins, and servers that follow scripts."""

import json
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn

CONFIG = """
model = "first"
providers = ["openai@second"]
[models.first]
base_url = "{first}"
api_key_env = "OPENAI_API_KEY"
model = "gpt-5-mini"
[models.second]
base_url = "{second}"
api_key_env = "OPENAI_API_KEY"
model = "gpt-5"
[plugin.router]
{router}
"""
BUSY = Turn(status=429, headers={"x-should-retry": "false"})
FAILING = Turn(calls=[Call("read_file", {"path": "no-such-file"})])


def configured(home: Any, first: ScriptedServer, second: ScriptedServer, router: str) -> None:
    home.config.mkdir(exist_ok=True)
    text = CONFIG.format(first=first.url, second=second.url, router=router)
    (home.config / "config.toml").write_text(text)
    home.env |= {"OPENAI_API_KEY": "key-for-tests"}


def cost(home: Any) -> dict[str, Any]:
    done = home.peg("cost", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_another_model_answers_where_one_is_busy_and_both_are_in_the_books(home: Any) -> None:
    with ScriptedServer([BUSY]) as busy, ScriptedServer([Turn(text="From the second.")]) as other:
        configured(home, busy, other, 'fallbacks = ["second"]')
        done = home.peg("-p", "hello", "--output-format", "json")
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said["result"] == "From the second."
        assert said["cost"] > 0
        found = cost(home)
        assert {line["name"]: line["calls"] for line in found["models"]} == {"first": 1, "second": 1}
        assert found["total"]["cost"] == pytest.approx(said["cost"])


def test_tools_that_fail_bring_a_stronger_model(home: Any) -> None:
    with ScriptedServer([FAILING]) as weak, ScriptedServer([Turn(text="I see.")]) as strong:
        configured(home, weak, strong, 'mode = "auto"\nstart = "scout"\ntiers = {scout = "first", coder = "second"}')
        done = home.peg("-p", "read it")
        assert (done.returncode, done.stdout) == (0, "I see.\n"), done.stderr
        assert len(weak.bodies) == 2
        assert len(strong.bodies) == 1


def test_a_model_that_was_named_is_kept(home: Any) -> None:
    with ScriptedServer([Turn(text="Here.")]) as named, ScriptedServer([Turn(text="There.")]) as other:
        configured(home, named, other, 'mode = "auto"\nstart = "scout"\ntiers = {scout = "second"}')
        assert home.peg("-p", "hello", "--model", "first").stdout == "Here.\n"
        assert home.peg("-p", "hello").stdout == "There.\n"


def test_a_budget_stops_before_the_call_that_would_exceed_it(home: Any) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    look = Turn(calls=[Call("glob", {"pattern": "{i}*"})], usage=usage)
    with ScriptedServer([look]) as server:
        configured(home, server, server, "output_tokens = 1000\nbudgets = {day = 0.01}")
        done = home.peg("-p", "for ever", "--max-turns", "20")
        assert done.returncode == 4, done.stderr
        assert "for the day are spent" in done.stderr
        served = len(server.bodies)
        assert 1 <= served < 20
        assert cost(home)["total"]["cost"] <= 0.01
        assert home.peg("-p", "once more").returncode == 4
        assert len(server.bodies) == served, "nothing is sent any more"


def test_the_price_of_what_nobody_knows_is_unknown(home: Any) -> None:
    with ScriptedServer([Turn(text="Hello.")]) as server:
        home.model(server.url)
        assert home.peg("-p", "hello", "--model", "openai/my-own-model").returncode == 0
        done = home.peg("cost")
        assert "unknown" in done.stdout
        assert cost(home)["models"][0]["unknown"] == 1


def test_settings_that_are_wrong_are_said(home: Any) -> None:
    with ScriptedServer([Turn(text="Hello.")]) as server:
        configured(home, server, server, 'mode = "clever"')
        done = home.peg("-p", "hello")
        assert done.returncode != 0
        assert "[plugin.router]" in done.stderr
        assert "clever" in done.stderr
        assert server.bodies == []
