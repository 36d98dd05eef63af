"""The options of everything that takes a prompt, declared once."""

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

MODES: Final = ("plan", "ask", "edit", "auto", "full")
ALIASES: Final = {
    "default": "ask", "manual": "ask", "acceptEdits": "edit", "accept-edits": "edit", "auto_edit": "edit",
    "auto-edit": "edit", "read-only": "plan", "workspace-write": "auto", "bypassPermissions": "full", "yolo": "full",
    "danger-full-access": "full",
}  # fmt: skip
"""What other agents call our modes."""
EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
FORMATS: Final = ("text", "json", "stream-json")
_FILE: Final = click.Path(exists=True, dir_okay=False)
_FOLDER: Final = click.Path(exists=True, file_okay=False)


def _from_here(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A file's name is meant from where it was typed, whatever --cwd says. (Links stay: /dev/stdin is one.)"""
    return None if value is None else os.path.abspath(value)


def _all_from_here(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(os.path.abspath(each) for each in value)


class _Mode(click.Choice[str]):
    """A mode by our name, or by that of another agent."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Our name for it. Ends with usage when there is none."""
        return super().convert(ALIASES.get(value, value), param, ctx)


def model_and_effort(name: str) -> tuple[str, str]:
    """`provider/id:high` is a model and an effort; what stands behind a colon and is none belongs to the name."""
    model, _, effort = name.rpartition(":")
    return (model, effort) if model and effort in EFFORTS else (name, "")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user typed, as typed. (A dataclass: `--help` should not pay for msgspec.)"""

    model: str | None = None
    mode: str | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    tools: str | None = None
    plugin: tuple[str, ...] = ()
    no_plugins: bool = False
    max_turns: int | None = None
    max_budget_usd: float | None = None
    output_format: str = "text"
    input_format: str = "text"
    json_schema: str | None = None
    output_last_message: str | None = None
    continue_last: bool = False
    resume: str | None = None
    fork_session: bool = False
    no_session: bool = False
    cwd: str | None = None
    add_dir: tuple[str, ...] = ()
    append_system_prompt: str | None = None
    settings: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    """`NAME=PATH`: the plugin of this folder or environment in the place of the installed one."""
    no_sandbox: bool = False
    trust: bool = False
    plain: bool = False
    verbose: bool = False

    def with_later(self, later: "Options") -> "Options":
        """These options and those that stood further right: lists add up, of the others the later one counts."""
        changed: dict[str, Any] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(later, field.name)
            if isinstance(mine, tuple):
                changed[field.name] = mine + theirs
            elif theirs != field.default:
                changed[field.name] = theirs
        return replace(self, **changed)


_OPTIONS: Final = (
    click.option("-m", "--model", metavar="PROVIDER/ID", help="The model to ask; :high behind it is the effort."),
    click.option(
        "--mode",
        "--permission-mode",
        "--approval-mode",
        "mode",
        type=_Mode(MODES),
        help="What passes without a question.",
    ),
    click.option(
        "--allow",
        "--allowedTools",
        "--allowed-tools",
        "allow",
        multiple=True,
        metavar="RULE",
        help="Allow, such as 'bash(git log *)'.",
    ),
    click.option(
        "--deny",
        "--disallowedTools",
        "--disallowed-tools",
        "deny",
        multiple=True,
        metavar="RULE",
        help="Deny; beats every allow.",
    ),
    click.option("--tools", metavar="NAMES", help="Offer only these tools, separated by commas."),
    click.option(
        "--plugin",
        "--extension",
        "-e",
        "plugin",
        multiple=True,
        metavar="ID",
        help="Use only these plugins (and the model's).",
    ),
    click.option(
        "--no-plugins",
        "--no-tools",
        "--no-extensions",
        "--bare",
        "no_plugins",
        is_flag=True,
        help="Offer no tools at all.",
    ),
    click.option("--max-turns", type=click.IntRange(1), help="Stop after so many turns of the model."),
    click.option("--max-budget-usd", type=click.FloatRange(0), help="Stop at this cost."),
    click.option("--output-format", type=click.Choice(FORMATS), default="text", help="What goes to standard output."),
    click.option(
        "--input-format",
        type=click.Choice(("text", "stream-json")),
        default="text",
        help="stream-json: messages as lines of JSON on standard input, and stream-json out.",
    ),
    click.option("--json", "output_format", flag_value="stream-json", help="The same as --output-format stream-json."),
    click.option(
        "--json-schema",
        "--output-schema",
        type=_FILE,
        callback=_from_here,
        metavar="FILE",
        help="The answer must be JSON of this schema.",
    ),
    click.option(
        "-o",
        "--output-last-message",
        callback=_from_here,
        metavar="FILE",
        help="Write the final message to a file too.",
    ),
    click.option("-c", "--continue", "continue_last", is_flag=True, help="Go on with this folder's newest session."),
    click.option(
        "-r",
        "--resume",
        "--session",
        "resume",
        metavar="ID",
        help="Go on with a session; the start of its id is enough.",
    ),
    click.option("--fork-session", is_flag=True, help="With -c or -r: go on in a copy."),
    click.option("--no-session", "--ephemeral", "no_session", is_flag=True, help="Keep nothing on disk afterwards."),
    click.option("--cwd", "-C", type=_FOLDER, metavar="DIR", help="Work in this folder."),
    click.option(
        "--add-dir",
        multiple=True,
        type=_FOLDER,
        callback=_all_from_here,
        metavar="DIR",
        help="Work in this folder too.",
    ),
    click.option("--append-system-prompt", metavar="TEXT", help="Add to the system prompt."),
    click.option("--set", "settings", multiple=True, metavar="K=V", help="Set a configuration key for this run."),
    click.option("--no-sandbox", is_flag=True, help="Run without the operating system's sandbox."),
    click.option("--trust", is_flag=True, help="Trust this folder for this run."),
    click.option("--plain", is_flag=True, help="Converse line by line, whatever front-end is installed."),
    click.option("-v", "--verbose", is_flag=True, help="Show the output of tools too."),
)


def prompt_options(command: F) -> F:
    """Add the options to a command; it receives them by name, as the fields of `Options`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
