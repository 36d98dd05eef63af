"""One prompt without anyone to ask: progress and answer in the form that was asked for, and an honest exit status."""

import sys
from typing import Any, Final

import click
import msgspec
import trio

from pegboard.agent import Agent
from pegboard.cli.conversing.streamed import Caller, converse_in_lines
from pegboard.cli.exits import Exit
from pegboard.cli.faults import exit_of
from pegboard.cli.fronts import JsonLines, Progress, json_result, speak_json, write_answer
from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import Launch
from pegboard.cli.mentions.reading import with_mentions
from pegboard.fronts.saying import message_of
from pegboard.schema import faults
from pegboard_sdk.errors import Unauthenticated
from pegboard_sdk.wire.fronting import Prompted
from pegboard_sdk.wire.records import Closed, Ending

ENDS: Final = {
    Ending.DONE: Exit.DONE,
    Ending.LIMIT_TURNS: Exit.TURNS,
    Ending.LIMIT_BUDGET: Exit.BUDGET,
    Ending.DENIED: Exit.DENIED,
    Ending.INTERRUPTED: Exit.INTERRUPTED,
    Ending.ERROR: Exit.FAILURE,
}

CORRECTIONS: Final = 2
"""So often an answer that does not fit the schema goes back to the model."""
CORRECTION: Final = "Your answer has to be JSON of the schema that was asked for, and nothing else. It does not fit:"


def answer(started: Launch, prompt: str, schema: dict[str, Any] | None) -> int:
    """Run the prompt and print what came of it. Returns the exit status."""
    form = started.options.output_format
    if form != "text":
        speak_json()

    async def run(holding: Holding) -> int:
        agent = holding.conversation.agent
        agent.attach(JsonLines(sys.stdout, agent.session.id) if form == "stream-json" else Progress(sys.stderr))
        # A script may have put text into the prompt that no person read: what would be asked is not ordered.
        said = await message_of(Prompted(text=prompt), agent.session.journal.blobs)
        closed = await _corrected(agent, await agent.prompt(await with_mentions(agent, said, by="")), schema)
        if form == "json":
            write_answer(json_result(closed))
        elif form == "text":
            write_answer(closed.result)
        if started.options.output_last_message:
            await trio.Path(started.options.output_last_message).write_text(closed.result, encoding="utf-8")
        return _status(agent, closed, schema)

    return hold(started, run, params={"json_schema": schema} if schema is not None else {})


def answer_lines(started: Launch, prompt: str) -> int:
    """Work through lines of JSON from standard input; the exit status is the last run's, 2 for a line that is none."""
    speak_json()

    async def run(holding: Holding) -> int:
        conversation = holding.conversation
        caller = Caller(conversation.agent.session.id)
        await conversation.attach(caller)
        if not await converse_in_lines(conversation, caller, prompt):
            return Exit.USAGE
        return Exit.DONE if conversation.closed is None else _status(conversation.agent, conversation.closed, None)

    return hold(started, run)


async def _corrected(agent: Agent, closed: Closed, schema: dict[str, Any] | None) -> Closed:
    """An answer that does not fit the schema is given back, a few times; all its runs count as one."""
    for _ in range(CORRECTIONS if schema is not None else 0):
        wrong = _misfit(closed.result, schema or {}) if closed.end is Ending.DONE else ""
        if not wrong:
            break
        again = await agent.prompt(f"{CORRECTION} {wrong}")
        costs = [cost for cost in (closed.cost, again.cost) if cost is not None]
        closed = msgspec.structs.replace(
            again,
            turns=closed.turns + again.turns,
            usage=closed.usage + again.usage,
            cost=sum(costs) if costs else None,
        )
    return closed


def _status(agent: Agent, closed: Closed, schema: dict[str, Any] | None) -> int:
    if agent.failure is not None:
        if isinstance(agent.failure, Unauthenticated):
            from pegboard.cli.first_run.welcome import REST  # noqa: PLC0415 - only who has no key pays

            click.echo(REST, err=True)
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
