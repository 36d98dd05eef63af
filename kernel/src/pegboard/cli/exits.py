"""Exit statuses: stable, and the same for every command."""

from enum import IntEnum


class Exit(IntEnum):
    """What a script can tell from the end of the program."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    DENIED = 3
    BUDGET = 4
    TURNS = 5
    PROVIDER = 6
    PLUGIN = 7
    INTERRUPTED = 130


HELP = (
    "Exit status: 0 done, 1 failure, 2 usage, 3 denied or nobody to ask, 4 budget, 5 turn limit, 6 provider, "
    "7 plugin or spawner, 130 interrupted."
)
