"""`peg completion`: what a shell evaluates to complete our commands and options."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print shell completion, for `eval "$(peg completion bash)"` in the shell's start file."""
    from pegboard.cli.app import peg  # noqa: PLC0415  # the group imports this module by name

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(peg, {}, "peg", "_PEG_COMPLETE").source())
