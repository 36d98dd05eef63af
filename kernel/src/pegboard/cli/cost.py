"""`peg cost`: what models cost, as the plugin that keeps the books says it."""

from typing import Final

import click
import msgspec

from pegboard.cli.faults import reported
from pegboard.cli.launch import launch
from pegboard.cli.options import Options
from pegboard_sdk.errors import NotFound, ProtocolViolation
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import COMMAND_RUN, RunCommand

COMMAND: Final = "cost"
MISSING: Final = "nobody keeps the books here; get the plugin that does: peg plugin install pegboard-router"


@click.command()
@click.argument("days", type=click.IntRange(1, 3660), default=30)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@reported
def cost(days: int, as_json: bool) -> None:
    """Show what models cost in the last DAYS, by day, model and project."""
    started = launch(Options(no_session=True, model="none/none"), takes_prompts=False)
    if COMMAND not in started.registry.commands.available:
        raise NotFound(MISSING)
    plugin = started.registry.commands.find(COMMAND).plugin
    from pegboard.cli.holding import Holding, hold  # noqa: PLC0415  # trio, only where something runs

    async def ask(holding: Holding) -> str:
        wanted = RunCommand(command=COMMAND, text=f"{days} --json" if as_json else str(days))
        value = await holding.board.call(plugin, COMMAND_RUN, pack(wanted))
        try:
            return msgspec.msgpack.decode(value, type=str)
        except BAD_BODY as error:
            raise ProtocolViolation(f"{plugin} answered /{COMMAND} with what is no text") from error

    click.echo(hold(started, ask, lone=True))
