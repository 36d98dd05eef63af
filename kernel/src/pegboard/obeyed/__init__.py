"""What of a folder is obeyed: which files, found where, led to by what, and read once."""

from pegboard.obeyed.instructions import INSTRUCTIONS, imports_in, resolved, speaking
from pegboard.obeyed.survey import Obeyed, changes, nested_in, present, survey

__all__ = [
    "INSTRUCTIONS", "Obeyed", "changes", "imports_in", "nested_in", "present", "resolved", "speaking", "survey",
]  # fmt: skip
