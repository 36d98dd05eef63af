"""What only a shell can execute."""

from typing import Final

_NAMES: Final = (
    ". : alias bg bind break builtin caller command compgen complete continue coproc declare dirs disown enable eval "
    "exec exit export fc fg getopts hash help history jobs let local logout mapfile popd pushd read readarray readonly "
    "return set shift shopt source suspend times trap type typeset ulimit umask unalias unset wait"
)
SHELL_WORDS: Final = frozenset(_NAMES.split())
"""Names that only a shell can execute, so that a command with one of them is run by bash or not at all."""
