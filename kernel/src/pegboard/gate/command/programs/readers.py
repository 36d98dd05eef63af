"""Which reader a row's `via` means. A reader adds to what the option engine read of a command line; nothing else."""

from collections.abc import Callable
from typing import Final

from pegboard.gate.command.options import Reading
from pegboard.gate.command.programs import read_files, read_runs, read_text, scripts

Reader = Callable[[Reading], None]

FILES: Final = ("pager", "copy", "remove", "dd", "grep", "rg", "fd", "find", "tar", "unzip", "gzip", "rsync")
TEXT: Final = ("sed", "yq", "printf", "test", "date", "ps")
RUNS: Final = (
    "env", "script", "shell", "builtin", "runner", "xargs", "npm", "npmread", "response", "compiler", "make", "goals",
    "gorun", "git", "gitconfig", "curl", "ssh", "kubectl",
)  # fmt: skip

READERS: Final[dict[str, Reader]] = {
    **{name: getattr(read_files, name) for name in FILES},
    **{name: getattr(read_text, name) for name in TEXT},
    **{name: getattr(read_runs, name) for name in RUNS},
    "awk": read_text.program_text(scripts.awk_trouble),
    "jq": read_text.program_text(scripts.jq_trouble),
    "python": read_runs.script,
    "link": lambda reading: None,
}
