"""One prompt without anyone to ask: progress and answer in the form that was asked for, and an honest exit status."""

import sys
from typing import Any, Final

import click
import msgspec
import trio

from pegboard.agent import Agent
from pegboard.cli.exits import Exit
from pegboard.cli.faults import exit_of
from pegboard.cli.fronts import JsonLines, Progress, json_result, write_answer
from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import Launch
from pegboard.schema import faults
from pegboard_sdk.wire.records import Closed, Ending

ENDS: Final = {
    Ending.DONE: Exit.DONE,
    Ending.LIMIT_TURNS: Exit.TURNS,
    Ending.LIMIT_BUDGET: Exit.BUDGET,
    Ending.DENIED: Exit.DENIED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
    Ending.ERROR: Exit.FAILURE,
}


def answer(started: Launch, prompt: str, schema: dict[str, Any] | None) -> int:
    """Run the prompt and print what came of it. Returns the exit status."""
    form = started.options.output_format

    async def run(holding: Holding) -> int:
        agent = holding.conversation.agent
        agent.attach(JsonLines(sys.stdout, agent.session.id) if form == "stream-json" else Progress(sys.stderr))
        closed = await agent.prompt(prompt)
        if form == "json":
            write_answer(json_result(closed))
        elif form == "text":
            write_answer(closed.result)
        if started.options.output_last_message:
            await trio.Path(started.options.output_last_message).write_text(closed.result, encoding="utf-8")
        return _status(agent, closed, schema)

    return hold(started, run, params={"json_schema": schema} if schema is not None else {})


def _status(agent: Agent, closed: Closed, schema: dict[str, Any] | None) -> int:
    if agent.failure is not None:
        return exit_of(agent.failure, Exit.PROVIDER)
    if closed.end is Ending.DONE and schema is not None:
        wrong = _misfit(closed.result, schema)
        if wrong:
            click.echo(f"peg: the answer does not fit the schema: {wrong}", err=True)
            return Exit.FAILURE
    return ENDS[closed.end]


def _misfit(result: str, schema: dict[str, Any]) -> str:
    try:
        value = msgspec.json.decode(result)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"it is not JSON: {error}"
    return "; ".join(faults(schema, value))
