"""``python -m pegboard_sdk.scaffold``: from the command line. Exit status: 0 made, 2 not."""

import argparse
import importlib.util
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.scaffold.naming import Names, names_for
from pegboard_sdk.scaffold.project import make

USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """Make a project, and say what comes next; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pegboard_sdk.scaffold", description="Make a plugin to start from.")
    parser.add_argument("name", metavar="NAME", help="the plugin's id: words, or acme.words if you will publish it")
    parser.add_argument("--dir", type=Path, default=Path(), metavar="DIR", help="where its folder is made (default: .)")
    options = parser.parse_args(arguments)
    try:
        names = names_for(options.name)
        files = make(names, options.dir)
    except (PegboardError, OSError) as error:
        sys.stderr.write(f"new: {getattr(error, 'message', error)}\n")
        return USAGE
    for file in files:
        sys.stdout.write(f"{near(file)}\n")
    sys.stdout.write(next_steps(names, options.dir / names.folder))
    return 0


def next_steps(names: Names, folder: Path) -> str:
    """The commands that bring the plugin into use, as they must be typed here."""
    python = shlex.quote(sys.executable)
    beside = Path(sys.executable).with_name("peg")
    peg = shlex.quote(str(beside)) if beside.exists() else "peg"
    place = shlex.quote(near(folder))
    tests = "" if importlib.util.find_spec("pytest") else "   (needs pytest)"
    return f"""
Next:
  {_install()} -e {place}
  {python} -m pytest {place}{tests}
  {peg} tool call count_{names.word} '{{"text": "one two three"}}'
  {peg} plugin check {names.id}
After a change of a signature or a docstring:
  {peg} plugin sync {place}
"""


def near(path: Path) -> str:
    """A path as it is typed here: relative when it lies below."""
    relative = os.path.relpath(path)
    return str(path.absolute()) if relative.startswith("..") else relative


def _install() -> str:
    """The installer that works on the environment of this program."""
    if importlib.util.find_spec("pip") is not None:
        return f"{shlex.quote(sys.executable)} -m pip install"
    return f"uv pip install --python {shlex.quote(sys.executable)}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
