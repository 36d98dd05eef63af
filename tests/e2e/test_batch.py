"""`peg batch`, end to end: the real program and its plugins, and a server that has the batch API."""

import json
import os
import signal
from typing import Any

import pytest
from batch_server import BatchServer, answered, refused

CONFIG = """
model = "gpt-4o"
[models.gpt-4o]
provider = "openai"
[plugin.openai]
base_url = "{url}"
profiles = {{"{place}" = "{profile}"}}
[plugin.router]
{router}
"""
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
THREE = f'{{"prompt": "one", "id": "a"}}\n\n"two"\n{{"prompt": "it is {TOKEN}", "system": "Be brief."}}\n'
PRICE = "prices.gpt-4o = {input = 10000, output = 100000}"
"""Dollars for a million tokens: half of it is what the prompts of a job cost."""
COST = 0.5 * (100 * 10_000 + 10 * 100_000) / 1e6
"""Of one answer of the server's."""


def configured(home: Any, server: BatchServer, router: str = PRICE, profile: str = "openai") -> None:
    home.config.mkdir(exist_ok=True)
    place = server.root.partition("//")[2]
    (home.config / "config.toml").write_text(CONFIG.format(url=server.url, place=place, router=router, profile=profile))
    home.env |= {"OPENAI_API_KEY": "key-for-tests"}


def submitted(home: Any, prompts: str = THREE, *options: str) -> str:
    done = home.peg("batch", "submit", *options, stdin=prompts)
    assert done.returncode == 0, done.stderr
    name: str = done.stdout.strip()
    return name


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_prompts_are_sent_waited_for_and_answered_in_order_at_the_price_of_a_batch(home: Any) -> None:
    """The second of three fails; the files are backwards, and what is secret neither goes out nor comes in."""
    with BatchServer(["in_progress", "completed"], answer=answer, printed=backwards) as server:
        configured(home, server)
        job = submitted(home, THREE, "--max-tokens", "50")
        assert [(line["custom_id"], line["body"]["max_completion_tokens"]) for line in server.sent()] == [
            ("1", 50), ("2", 50), ("3", 50),
        ]  # fmt: skip
        assert "⟦secret" in json.dumps(server.sent(), ensure_ascii=False)
        done = home.peg("batch", "fetch", job, "--wait")
        assert done.returncode == 1, done.stderr
        found = lines(done.stdout)
        assert [(one["line"], one["id"], one["end"], one["error"]) for one in found] == [
            (1, "a", "done", ""), (2, "", "error", "answered 400: too long (invalid_request_error)"),
            (3, "", "done", ""),
        ]  # fmt: skip
        assert found[2]["result"].startswith("re: you said ⟦secret")
        assert found[0]["cost"] == pytest.approx(COST)
        total = json.loads(home.peg("cost", "--json").stdout)["total"]
        assert (total["calls"], total["input"], total["output"]) == (1, 200, 20)
        assert total["cost"] == pytest.approx(2 * COST)
        kept = [path for path in home.folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
        assert kept == []


def answer(number: int, body: dict[str, Any]) -> dict[str, Any]:
    if number == 2:
        return refused(number, "too long")
    echo = {"messages": [{"role": "user", "content": f"you said {TOKEN}"}]} if number == 3 else {}
    return answered(number, body | echo)


def backwards(found: list[Any]) -> list[str]:
    return [json.dumps(line) for line in found[::-1]]


def test_a_budget_holds_before_anything_is_sent_and_while_a_job_runs(home: Any) -> None:
    with BatchServer(["in_progress"]) as server:
        configured(home, server, f"{PRICE}\nbudgets = {{day = 100}}")
        done = home.peg("batch", "submit", "--max-tokens", "1000", stdin=THREE)
        assert (done.returncode, done.stdout) == (4, ""), done.stderr
        assert "for the day are spent" in done.stderr
        assert server.asked.total() == 0
        submitted(home, THREE, "--max-tokens", "400")
        done = home.peg("batch", "submit", "--max-tokens", "400", stdin=THREE)
        assert done.returncode == 4, "what the job that runs may cost is set aside"


def test_a_program_that_is_killed_while_it_sends_finds_its_job_again(home: Any) -> None:
    with BatchServer(["completed"]) as server:
        configured(home, server)
        server.hang_after = {"create"}
        (home.folder / "prompts").write_text(THREE)
        child = home.start("batch", "submit", str(home.folder / "prompts"))
        assert server.hanging.wait(30)
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate(timeout=30)
        server.hang_after = set()
        done = home.peg("batch", "list", "--json")
        (found,) = lines(done.stdout)
        assert (found["job"], found["state"]) == (
            f"openai/{server.jobs['batch_1']['metadata']['pegboard_job']}",
            "validating",
        )
        assert len(server.jobs) == 1
        server.states = ["in_progress"]
        done = home.peg("batch", "cancel", found["job"])
        assert "cancelling" in done.stdout, done.stderr


def test_a_provider_without_batch_jobs_is_refused_in_one_sentence(home: Any) -> None:
    with BatchServer() as server:
        configured(home, server, profile="deepseek")
        done = home.peg("batch", "submit", stdin='"one"')
        assert done.returncode == 6
        assert "(profile `deepseek`) has no batch jobs" in done.stderr
        done = home.peg("batch", "submit", "-m", "anthropic/claude-sonnet-5", stdin='"one"')
        assert "the provider `anthropic` has no batch jobs" in done.stderr
        done = home.peg("batch", "submit", stdin='{"promt": "one"}')
        assert done.returncode == 2
        assert "line 1: " in done.stderr
        assert server.asked.total() == 0


@pytest.mark.parametrize("command", ["fetch", "cancel"])
@pytest.mark.parametrize("name", ["nobody", "/job", "openai/"])
def test_a_name_that_is_none_is_an_error_of_whoever_typed_it(home: Any, command: str, name: str) -> None:
    done = home.peg("batch", command, name)
    assert done.returncode == 2, done.stderr
    assert f"`{name}` names no job: it is PROVIDER/ID" in done.stderr
