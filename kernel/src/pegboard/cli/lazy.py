"""Groups of commands: one that lists its commands' help whole, and one that imports a command only when it is used."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Whole(click.Group):
    """Lists the first sentence of each command's help, however long it is."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(limit=500)) for name, one in found if one is not None])


class Lazy(click.Group):
    """So that `--help` costs what click costs. Commands are `module:attribute`, with the help line that lists show."""

    def __init__(self, *, later: Mapping[str, tuple[str, str]], **settings: Any) -> None:  # noqa: ANN401
        super().__init__(**settings)
        self.later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which they are declared."""
        return [*self.later, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        if cmd_name not in self.later:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.later[cmd_name][0].partition(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in self.later.items()])
