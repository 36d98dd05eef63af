"""Runs prompts: `peg -p`, `peg exec`, and the conversation of `peg` alone. Reads what was typed, starts the kernel."""

from typing import Any, Final

import click

from pegboard.cli.exits import Exit
from pegboard.cli.options import Options, prompt_options

ENDS: Final = {
    "done": Exit.DONE,
    "limit_turns": Exit.TURNS,
    "limit_budget": Exit.BUDGET,
    "denied": Exit.DENIED,
    "interrupted": Exit.INTERRUPTED,
    "error": Exit.FAILURE,
}


@click.command("exec")
@prompt_options
@click.argument("words", nargs=-1)
@click.pass_context
def execute(ctx: click.Context, words: tuple[str, ...], **typed: Any) -> None:  # noqa: ANN401
    """Run one prompt (from the arguments or standard input) and print the answer."""
    options = ctx.obj.options.with_later(Options(**typed))
    ctx.exit(run_once(" ".join(words), options))


def run_once(words: str, options: Options) -> int:
    """One prompt to its end. Returns the exit status."""
    prompt = "\n\n".join(part for part in (words, _standard_input()) if part)
    if not prompt.strip():
        raise click.UsageError("no prompt; give it as an argument or on standard input")
