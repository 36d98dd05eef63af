"""A sentence for standard error, as wide as the terminal that it goes to."""

import shutil
import sys

from click import wrap_text


def said(text: str) -> str:
    """`text`, broken between words where standard error is a terminal; one line where it is none."""
    return wrap_text(text, shutil.get_terminal_size().columns) if sys.stderr.isatty() else text
