"""`peg tool`: the tools that are offered, with their price, and one call of a tool through the whole gate."""

import sys

import click
import msgspec

from pegboard.cli.completing import complete_tools
from pegboard.cli.exits import Exit
from pegboard.cli.faults import exit_of, reported
from pegboard.cli.fronts import Progress
from pegboard.cli.installed import registry_here
from pegboard.cli.launch import launch
from pegboard.cli.lazy import Whole
from pegboard.cli.options import MODES, Options
from pegboard.cli.policy import parsed
from pegboard.registry import Registry
from pegboard.toolbox import Toolbox
from pegboard.transcript.tokens import Estimator
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.records import Outcome, Text, ToolCall, ToolResult


@click.group(cls=Whole)
def tool() -> None:
    """List tools, or call one through the gate."""


@tool.command("list")
@reported
def list_() -> None:
    """Show every tool with its owner, its effects and about how many tokens each session pays for it."""
    toolbox = Toolbox(registry_here())
    total = 0
    for name, one in toolbox.tools.items():
        price = Estimator().estimate(len(msgspec.json.encode(one.spec)))
        total += price
        effects = ",".join(effect.value for effect in one.entry.effects) or "none"
        click.echo(f"{name:16} {one.plugin:12} {effects:12} {price:5} tokens  {one.entry.description}")
    click.echo(f"{len(toolbox.tools)} tools, about {total} tokens in each session", err=True)
    for problem in toolbox.problems:
        click.echo(f"! {problem}", err=True)


@tool.command()
@click.argument("name", metavar="TOOL", shell_complete=complete_tools)
@click.argument("arguments", metavar="JSON")
@click.option("--allow", multiple=True, metavar="RULE")
@click.option("--deny", multiple=True, metavar="RULE")
@click.option("--mode", type=click.Choice(MODES))
@click.option("--set", "settings", multiple=True, metavar="K=V")
@click.option("--no-sandbox", is_flag=True, help="Run without the operating system's sandbox.")
@click.option("-v", "--verbose", is_flag=True, help="Show what happens on standard error.")
@click.pass_context
@reported
def call(ctx: click.Context, /, name: str, arguments: str, verbose: bool, **typed: object) -> None:
    """Run TOOL with its arguments as JSON, as a headless session would: what asks is denied."""
    parsed(arguments)
    options = Options(no_session=True, verbose=verbose, model="none/none", **typed)  # type: ignore[arg-type]
    started = launch(options, takes_prompts=False)
    from pegboard.cli.holding import Holding, hold  # noqa: PLC0415  # trio, only where something runs

    async def run(holding: Holding) -> ToolResult:
        agent = holding.conversation.agent
        if verbose:
            agent.attach(Progress(sys.stderr))
        (result,) = await agent.dispatcher.run_all([ToolCall(call="1", tool=name, arguments=arguments)], turn=1)
        return result

    result = hold(started, run, lone=True)
    status = _printed(result)
    if result.outcome is Outcome.FAILED and name in started.registry.tools.available:
        _raise_refusal(started.registry, started.registry.tools.available[name].plugin)
    ctx.exit(status)


def _raise_refusal(registry: Registry, plugin: str) -> None:
    """A plugin that may not start fails its call like any other; the program's status says more."""
    try:
        registry.admitted(plugin)
    except PegboardError as error:
        sys.exit(exit_of(error))


def _printed(result: ToolResult) -> Exit:
    text = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    if result.outcome is Outcome.OK:
        click.echo(text)
        return Exit.DONE
    click.echo(text, err=True)
    return Exit.DENIED if result.outcome is Outcome.DENIED else Exit.FAILURE
