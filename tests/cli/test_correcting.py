"""An answer that does not fit the schema goes back to the model, whoever provides it, and its runs count as one."""

from pathlib import Path

from agent_desk import Desk, saying

from pegboard.cli.headless import CORRECTIONS, _corrected

SCHEMA = {"type": "object", "required": ["a"]}


async def test_it_is_given_back_until_it_fits(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.script(saying("nonsense"), saying("{}"), saying('{"a": 1}'))
    async with desk.agent() as (agent, _):
        closed = await _corrected(agent, await agent.prompt("go"), SCHEMA)
        assert (closed.result, closed.turns) == ('{"a": 1}', 3)


async def test_but_not_for_ever(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.script(*[saying("nonsense") for _ in range(CORRECTIONS + 2)])
    async with desk.agent() as (agent, _):
        closed = await _corrected(agent, await agent.prompt("go"), SCHEMA)
        assert (closed.result, closed.turns) == ("nonsense", CORRECTIONS + 1)
