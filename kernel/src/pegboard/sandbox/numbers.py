"""Numbers of system calls on the machines that the filter knows, from `numbers.txt`."""

from functools import cache
from pathlib import Path
from typing import Final

AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LAST_KNOWN: Final = 462
"""Calls beyond were not judged when this was written: to the confined they do not exist."""


@cache
def of(machine: str) -> dict[str, dict[str, int]]:
    """Name to number, by what is done with them. Raises KeyError for a machine that is not in the table."""
    column = {name: place for place, name in enumerate(AUDIT_ARCH, 2)}[machine]
    groups: dict[str, dict[str, int]] = {}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="ascii").splitlines():
        row = line.split()
        if row[0] != "#" and int(row[column]) >= 0:
            groups.setdefault(row[0], {})[row[1]] = int(row[column])
    return groups
