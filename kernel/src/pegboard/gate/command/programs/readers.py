"""Which reader a row's `via` means. A reader adds to what the option engine read of a command line; nothing else."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from pegboard.gate.command.options import Reading

Reader = Callable[[Reading], None]

_FILES: Final = "pager copy link remove dd grep rg fd find tar unzip gzip rsync"
_TEXT: Final = "sed awk jq yq printf test date ps"
_RUNS: Final = (
    "env script python shell builtin runner xargs npm npmread response compiler make goals gorun git gitconfig curl "
    "ssh kubectl"
)
MODULES: Final = {
    name: module
    for module, names in (("read_files", _FILES), ("read_text", _TEXT), ("read_runs", _RUNS))
    for name in names.split()
}


@cache
def reader_of(name: str) -> Reader:
    """The reader of a name in `MODULES`. Its module is imported with the first row that needs it, and not before."""
    found: Reader = getattr(import_module(f"pegboard.gate.command.programs.{MODULES[name]}"), name)
    return found


def read_further(reading: Reading) -> None:
    """What options and roles could not say, where the row has a reader for it."""
    if reading.row.via:
        reader_of(reading.row.via)(reading)
