"""Errors as one line on standard error and an exit status: the one place that words the failure of a command."""

import functools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, ParamSpec, TypeVar

import click

from pegboard.cli.exits import Exit
from pegboard.cli.first_run.failure import NoModel
from pegboard.config.failure import PolicyBroken
from pegboard.errors import SpawnerDied
from pegboard.journal.failure import JournalFailed
from pegboard_sdk.errors import (
    CallCancelled,
    ManifestMismatch,
    PegboardError,
    PermissionDenied,
    PluginDown,
    ProtocolViolation,
    StartFailed,
    Unresponsive,
)

P = ParamSpec("P")
R = TypeVar("R")

_OF_PLUGINS: Final = (PluginDown, StartFailed, Unresponsive, ProtocolViolation, ManifestMismatch, SpawnerDied)


def exit_of(error: PegboardError, otherwise: Exit = Exit.FAILURE) -> Exit:
    """The status for an error: 7 for plugins and their spawner, 3 for denials, else what the caller says.

    What is wrong with an option names the option first.
    """
    if isinstance(error, _OF_PLUGINS):
        return Exit.PLUGIN
    if isinstance(error, CallCancelled):
        return Exit.INTERRUPTED
    if isinstance(error, PermissionDenied | PolicyBroken):
        return Exit.DENIED
    if isinstance(error, NoModel):
        return Exit.PROVIDER
    if isinstance(error, JournalFailed):
        return Exit.FAILURE
    if error.message.startswith("--"):
        return Exit.USAGE
    return otherwise


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that our errors end it with one line and their status, and a closed pipe with nothing."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            try:
                return command(*args, **kwargs)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            sys.exit(Exit.INTERRUPTED)
        except BrokenPipeError:
            _give_up_output()
            sys.exit(Exit.FAILURE)
        except PegboardError as error:
            click.echo(f"peg: {_without_tokens(error.message)}", err=True)
            sys.exit(exit_of(error))
        except OSError as error:
            click.echo(f"peg: {_told(error)}", err=True)
            _give_up_output()
            sys.exit(Exit.FAILURE)
        except UnicodeEncodeError as error:
            click.echo(f"peg: {error.object[:100]!r} is not valid UTF-8; give it another name", err=True)
            sys.exit(Exit.FAILURE)

    return wrapped


def _without_tokens(text: str) -> str:
    """A sentence of ours may quote what a server or a tool said."""
    from pegboard.secrets.redaction import Redactor  # noqa: PLC0415 - only where something went wrong

    return Redactor().redact(text)


def _give_up_output() -> None:
    """What nobody takes is dropped now, so that the interpreter does not trip over it at its end."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _told(error: OSError) -> str:
    what = error.strerror or str(error)
    if error.filename:
        return f"{error.filename}: {what}"
    try:
        os.getcwd()
    except FileNotFoundError:
        return "the current folder was removed; change to another"
    return what
