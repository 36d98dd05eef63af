"""Runs commands that the gate judged: the tools, and nothing of how they work."""

from typing import Annotated

from msgspec import Meta

from pegboard_sdk import Context, Output, Plugin, Setup
from pegboard_shell.desk import Desk

MAX_TIMEOUT_S = 86_400


class Shell(Plugin):
    """The plugin with what it holds while it runs."""

    desk: Desk


plugin = Shell("shell")


@plugin.on_start
def start(setup: Setup) -> None:
    """Make the folder for the output of jobs."""
    plugin.desk = Desk(setup)


@plugin.on_stop
def stop() -> None:
    """End the jobs."""
    plugin.desk.close()


@plugin.tool(effect="exec", family="exec", timeout_s=0, subjects={"command": "command"})
def bash(
    command: str,
    timeout_s: Annotated[float, Meta(gt=0, le=MAX_TIMEOUT_S)] = 120,
    background: bool = False,
    *,
    ctx: Context,
) -> Output:
    """Run a command in the workspace folder, without input or terminal. Plain programs, pipes and && need no shell;
    variables, loops and redirection to files ask the user.

    background: return at once with a job number.
    """
    return plugin.desk.begin(command, ctx) if background else plugin.desk.run(timeout_s, ctx)


@plugin.tool(effect="read", timeout_s=0)
def bash_output(
    job: int,
    offset: int | None = None,
    wait_s: Annotated[float, Meta(ge=0, le=3600)] = 0,
    *,
    ctx: Context,
) -> Output:
    """Read a job's new output and state.

    offset: byte to read from; negative counts from the end.
    wait_s: wait so long for its end.
    """
    return plugin.desk.read(job, offset, wait_s, ctx)


@plugin.tool(effect="read")
def bash_kill(job: int, *, ctx: Context) -> Output:
    """End a job."""
    return plugin.desk.kill(job, ctx)
