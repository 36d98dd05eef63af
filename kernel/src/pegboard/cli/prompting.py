"""Runs prompts: `peg -p`, `peg exec`, and the conversation of `peg` alone; imports the kernel when it is needed."""

import json
from pathlib import Path
from typing import Any

import click

from pegboard.cli.faults import reported
from pegboard.cli.launch import launch, standard_input
from pegboard.cli.options import Options, prompt_options


@click.command("exec")
@prompt_options
@click.argument("words", nargs=-1)
@click.pass_context
def execute(ctx: click.Context, /, words: tuple[str, ...], **typed: Any) -> None:  # noqa: ANN401
    """Run one prompt (from the arguments or standard input) and print the answer."""
    ctx.exit(run_once(" ".join(words), ctx.obj.options.with_later(Options(**typed))))


@reported
def run_once(words: str, options: Options) -> int:
    """One prompt to its end: the answer on standard output, progress on standard error. Returns the exit status."""
    started = launch(options)
    if options.input_format == "stream-json":
        from pegboard.cli.headless import answer_lines  # noqa: PLC0415  # trio is imported while the provider starts

        return answer_lines(started, _text(words))
    prompt = "\n\n".join(part for part in (_text(words), standard_input(waited=bool(words))) if part.strip())
    if not prompt:
        raise click.UsageError("no prompt; give it as an argument or on standard input")
    schema = _schema(options.json_schema)
    from pegboard.cli.headless import answer  # noqa: PLC0415  # trio is imported while the provider starts

    return answer(started, prompt, schema)


@reported
def converse(words: str, options: Options) -> int:
    """A conversation on this terminal. Returns the exit status."""
    started = launch(options, person=True)
    from pegboard.cli.converse import talk  # noqa: PLC0415  # trio is imported while the provider starts

    return talk(started, _text(words))


def _text(words: str) -> str:
    """What was typed as text: bytes that are no UTF-8 are replaced, as those of standard input are."""
    return words.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _schema(file: str | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        schema = json.loads(Path(file).read_bytes())
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise click.UsageError(f"{file} is not a JSON Schema: it has to be an object")
    return schema
