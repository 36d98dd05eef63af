"""The table of programs: data, one row a program or subcommand, found by name. `row` says how a row is written."""

import re
from functools import cache
from importlib import import_module
from typing import Final

DOMAINS: Final = (
    "files", "text", "search", "info", "git", "python", "node", "rust_go", "build", "net", "services", "wrappers",
    "archives",
)  # fmt: skip

ROW_START: Final = re.compile(r"(?<!,)\n+(?=\S)")


@cache
def rows() -> dict[str, str]:
    """Every row's text by its name."""
    found: dict[str, str] = {}
    for domain in DOMAINS:
        # Imported on the first command and not with the gate: most starts of the program judge none.
        table: str = import_module(f"{__name__}.{domain}").TABLE
        for block in ROW_START.split(table.strip("\n")):
            names, _, body = block.partition(":")
            for name in names.split(","):
                found[" ".join(name.split())] = body
    return found


def find_row(name: str) -> str | None:
    """The text of a row, None when there is none."""
    return rows().get(name)
