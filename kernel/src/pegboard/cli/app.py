"""The command `peg` itself: a prompt, a conversation, or one of the subcommands."""

import io
import sys
from typing import Any, Final, NamedTuple

import click

from pegboard.cli.exits import HELP
from pegboard.cli.lazy import Lazy
from pegboard.cli.options import Options, prompt_options

COMMANDS: Final = {
    "exec": ("pegboard.cli.prompting:execute", "Run one prompt, as -p does."),
    "demo": ("pegboard.cli.demo:demo", "Watch an agent repair a sample project; no key, no network."),
    "resume": ("pegboard.cli.resuming:resume", "Go on with a session, chosen from a list or named."),
    "fork": ("pegboard.cli.resuming:fork_and_go_on", "Go on in a copy of a session."),
    "attach": ("pegboard.cli.attach:attach", "Join a session that another process holds."),
    "replay": ("pegboard.cli.replay:replay", "Play recorded sessions again, check, compare, fork and record them."),
    "session": ("pegboard.cli.session:session", "List, search, change, share and verify sessions."),
    "plugin": ("pegboard.cli.plugin:plugin", "List, show, install, check and make plugins."),
    "tool": ("pegboard.cli.tool:tool", "List tools, or call one through the gate."),
    "policy": ("pegboard.cli.policy:policy", "Show, explain and check what is in force."),
    "trust": ("pegboard.cli.trust:trust", "Trust a folder, so that what it says is obeyed."),
    "models": ("pegboard.cli.models:models", "List the models that the installed providers can reach."),
    "batch": ("pegboard.cli.batch:batch", "Have many prompts answered within a day, for less."),
    "cost": ("pegboard.cli.cost:cost", "Show what models cost, by day, model and project."),
    "config": ("pegboard.cli.config:config", "Show and change the configuration."),
    "login": ("pegboard.cli.login:login", "Keep a provider's key, or show which there are."),
    "logout": ("pegboard.cli.login:logout", "Forget a provider's key."),
    "doctor": ("pegboard.cli.doctor:doctor", "Say what works here, what does not, and the repair."),
    "completion": ("pegboard.cli.completion:completion", "Print shell completion for bash, zsh or fish."),
}
HIDDEN: Final = {"run": "exec"}
LIST_MODELS: Final = "--list-models"
"""What other programs call `peg models`."""
ONCE: Final = "Run one prompt (from here or standard input), print the answer and end."


class Typed(NamedTuple):
    """What stood before and after the prompt."""

    once: str | None
    options: Options


class Peg(Lazy):
    """`peg WORD` is a subcommand when there is one of that name, else a conversation that begins with those words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the flag for the command."""
        return super().parse_args(ctx, ["models", *args[1:]] if args[:1] == [LIST_MODELS] else args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take `run` for `exec`, and words that are no command as a prompt."""
        name = HIDDEN.get(args[0], args[0])
        if name in COMMANDS:
            return name, self.get_command(ctx, name), args[1:]
        return "exec", _conversation, args


@click.group(
    cls=Peg,
    later=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=HELP,
)
@click.option("-p", "--print", "once", is_flag=False, flag_value="", metavar="[PROMPT]", help=ONCE)
@prompt_options
@click.version_option(package_name="pegboard", prog_name="pegboard")
@click.pass_context
def peg(ctx: click.Context, /, once: str | None, **typed: Any) -> None:  # noqa: ANN401
    """Pegboard, a coding agent for the terminal.

    `peg` alone begins a conversation; `peg -p PROMPT` runs one prompt and prints the answer.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A letter that the locale lacks is written as its number, as Python does on standard error.
        sys.stdout.reconfigure(errors="backslashreplace")
    ctx.obj = Typed(once, Options(**typed))
    if ctx.invoked_subcommand is None:
        _start(ctx, ctx.obj, "")


@click.command("peg", hidden=True)
@click.option("-p", "--print", "once", is_flag=False, flag_value="", metavar="[PROMPT]", help=ONCE)
@prompt_options
@click.argument("words", nargs=-1)
@click.pass_context
def _conversation(ctx: click.Context, /, words: tuple[str, ...], once: str | None, **typed: Any) -> None:  # noqa: ANN401
    """A prompt given as an argument; options may stand on both sides of it."""
    before: Typed = ctx.obj
    both = Typed(before.once if once is None else once, before.options.with_later(Options(**typed)))
    _start(ctx, both, " ".join(words))


def _start(ctx: click.Context, typed: Typed, words: str) -> None:
    from pegboard.cli.prompting import converse, run_once  # noqa: PLC0415  # `peg --help` pays for click alone

    prompt = " ".join(part for part in (typed.once or "", words) if part)
    if typed.once is not None or not sys.stdin.isatty():
        ctx.exit(run_once(prompt, typed.options))
    if isinstance(sys.stdin, io.TextIOWrapper):
        # Bytes that are no text are replaced; only possible before the first question is asked.
        sys.stdin.reconfigure(errors="replace")
    ctx.exit(converse(prompt, typed.options))
