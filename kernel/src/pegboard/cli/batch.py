"""`peg batch`: many prompts at once, answered by a provider within a day, for less."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import IO, TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import click

from pegboard.cli.exits import Exit
from pegboard.cli.faults import exit_of, reported
from pegboard.cli.lazy import Whole
from pegboard.cli.options import Options
from pegboard_sdk.errors import InvalidParams, OverBudget, PegboardError

if TYPE_CHECKING:
    from pegboard.cli.batching.name import Name

P = ParamSpec("P")
R = TypeVar("R")


def _name(_ctx: click.Context, _parameter: click.Parameter, text: str) -> "Name":
    from pegboard.cli.batching.name import name_of  # noqa: PLC0415 - `--help` pays for click alone

    try:
        return name_of(text)
    except InvalidParams as error:
        raise click.UsageError(error.message) from error


_JOB: Final = click.argument("job", metavar="PROVIDER/ID", callback=_name)
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")


def _of_providers(command: Callable[P, R]) -> Callable[P, R]:
    """As `reported`, for what asks a provider: what it says no to ends as that does for a prompt."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except PegboardError as error:
            click.echo(f"peg: {error.message}", err=True)
            sys.exit(Exit.BUDGET if isinstance(error, OverBudget) else exit_of(error, Exit.PROVIDER))

    return reported(wrapped)


@click.group(cls=Whole)
def batch() -> None:
    """Have many prompts answered within a day, for less.

    A job lives at the provider: it goes on when this program has ended, and is found again by its name.
    """


@batch.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("-m", "--model", metavar="PROVIDER/ID", help="The model to ask; :high behind it is the effort.")
@click.option("--max-tokens", type=click.IntRange(1), help="The most that each answer may have.")
@click.option("--json-schema", type=click.File("rb"), help="A JSON Schema that each answer has to fit.")
@click.option("--max-budget-usd", type=click.FloatRange(0), help="Send nothing that may cost more.")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="Set a configuration key for this run.")
@_of_providers
def submit(
    file: IO[bytes],
    max_tokens: int | None,
    json_schema: IO[bytes] | None,
    **typed: Any,  # noqa: ANN401
) -> None:
    """Send the prompts of FILE, or of standard input, as one job, and print its name.

    Each line is {"prompt": "..."}, with "system" and "id" if you like, or just a JSON text.
    """
    from pegboard.cli.batching.lines import prompts_of, schema_of  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.batching.running import submitted  # noqa: PLC0415

    try:
        prompts = prompts_of(file.read())
        schema = schema_of(json_schema.read()) if json_schema is not None else None
    except InvalidParams as error:
        raise click.UsageError(error.message) from error
    params = {name: value for name, value in (("max_tokens", max_tokens), ("json_schema", schema)) if value is not None}
    name = submitted(Options(no_session=True, **typed), prompts, params)
    click.echo(str(name))
    click.echo(f"{len(prompts)} prompts; `peg batch fetch {name} --wait` waits for the answers", err=True)


@batch.command("list")
@_JSON
@_of_providers
def list_(as_json: bool) -> None:
    """Show the jobs that were begun here and how they stand, the newest last."""
    from pegboard.cli.batching.running import standing  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.batching.telling import job_json, job_line  # noqa: PLC0415

    found = standing()
    for provider, problem in found.problems.items():
        click.echo(f"{provider}: {problem}", err=True)
    for name, job in found.jobs:
        click.echo(job_json(name, job) if as_json else job_line(name, job))


@batch.command()
@_JOB
@click.option("--wait", is_flag=True, help="Wait until the job is over.")
@_of_providers
def fetch(job: "Name", wait: bool) -> None:
    """Print the answers of a job, a JSON object a line, in the order of its prompts.

    Ends with 0 when each has an answer, 1 when one has an error or the job is not over.
    """
    from pegboard.cli.batching.lines import result_of  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.batching.running import fetched  # noqa: PLC0415
    from pegboard.cli.batching.telling import result_json  # noqa: PLC0415

    told = fetched(job, wait=wait)
    results = [result_of(answer, told.jobs[0].planned.price) for answer in told.answers]
    for result in results:
        click.echo(result_json(result))
    for problem in told.jobs[0].problems:
        click.echo(f"peg: {problem}", err=True)
    sys.exit(Exit.FAILURE if any(result.error for result in results) else Exit.DONE)


@batch.command()
@_JOB
@_of_providers
def cancel(job: "Name") -> None:
    """Have a job stopped; what was answered by then can be fetched, and is paid for."""
    from pegboard.cli.batching.running import cancelled  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.batching.telling import job_line  # noqa: PLC0415

    click.echo(job_line(job, cancelled(job)))
