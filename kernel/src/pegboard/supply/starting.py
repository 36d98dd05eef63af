"""How a stored plugin is started: an interpreter that reads nothing of itself, and imports only what was accepted."""

import os
import sys
from pathlib import Path
from typing import Final

from pegboard.found import Found

PROGRAM: Final = "verified.py"
OPTIONS: Final = ("-I", "-S", "-B", "-X", "frozen_modules=on", "-X", "utf8")


def verified_argv(found: Found) -> tuple[str, ...]:
    """The command for a plugin of the store. Raises OSError where the kernel's own files cannot be read."""
    text = Path(__file__).with_name(PROGRAM).read_text("utf-8")
    program = f"{text}\n\nsys.exit(main(sys.argv[1:]))\n"
    prefix = os.path.dirname(os.path.dirname(sys.executable))
    (root,) = found.path
    return (sys.executable, *OPTIONS, "-c", program, found.tree, found.entry, found.package, prefix, root)
