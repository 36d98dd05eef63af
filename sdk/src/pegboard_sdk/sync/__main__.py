"""``python -m pegboard_sdk.sync``, the command line. Exit status: 0 in step, 1 not (with --check), 2 unreadable."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.sync.project import declared_in, imported
from pegboard_sdk.sync.writing import Change, changes_for

OUT_OF_STEP = 1
UNREADABLE = 2


def main(arguments: Sequence[str]) -> int:
    """Bring the manifests of a project into step with its code; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m pegboard_sdk.sync",
        description="Write pegboard.toml and the schemas of the plugin in DIR from its code, which is imported.",
    )
    parser.add_argument("dir", nargs="?", default=".", type=Path, metavar="DIR")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 with a diff if anything would")
    options = parser.parse_args(arguments)
    try:
        changes = _changes(options.dir)
        if options.check:
            return _told(changes)
        for change in changes:
            change.apply()
            sys.stdout.write(f"{'wrote' if change.wanted is not None else 'removed'} {_near(change.path)}\n")
    except (PegboardError, OSError) as error:
        sys.stderr.write(f"sync: {getattr(error, 'message', error)}\n")
        return UNREADABLE
    if not changes:
        sys.stdout.write("nothing to write: the manifest says what the code says\n")
    return 0


def _changes(folder: Path) -> list[Change]:
    # What the plugin prints while it is imported must not mix with what we say.
    standard, sys.stdout = sys.stdout, sys.stderr
    try:
        return [change for declared in declared_in(folder) for change in changes_for(declared, imported(declared))]
    finally:
        sys.stdout = standard


def _told(changes: list[Change]) -> int:
    for change in changes:
        sys.stdout.write(change.diff())
    if changes:
        sys.stderr.write("sync: the manifest is not what the code says; write it with `peg plugin sync`\n")
    return OUT_OF_STEP if changes else 0


def _near(path: Path) -> str:
    return os.path.relpath(path)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
