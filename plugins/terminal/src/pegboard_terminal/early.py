"""The first paint, before anything is imported that draws: a header and an empty input, in bare escape codes.

It looks as the same rows will look when they are drawn again, so that nothing jumps when that happens.
"""

import os
from typing import Final

from pegboard_terminal.cleaning import one_line
from pegboard_terminal.tty import Tty

RULE: Final = "─"
PROMPT: Final = "\u276f "
ERASE: Final = "\r\x1b[2A\x1b[J"
"""Takes away rule and input; the header stays."""


def header(workspace: str) -> str:
    """The first line of a conversation."""
    home = os.path.expanduser("~")
    inside = workspace == home or workspace.startswith(home + os.sep)
    shown = f"~{workspace[len(home) :]}" if inside and home != "/" else workspace
    return f"Pegboard · {shown}" if shown else "Pegboard"


def paint(tty: Tty, workspace: str, *, colour: bool) -> None:
    """Draw it, and take the keyboard."""
    tty.make_raw()
    _, columns = tty.size()
    dim, off = ("\x1b[2m", "\x1b[0m") if colour else ("", "")
    line = one_line(header(workspace), columns - 1)
    tty.write(f"{dim}{line}{off}\r\n\r\n{dim}{RULE * (columns - 1)}{off}\r\n{PROMPT}")
