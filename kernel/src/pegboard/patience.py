"""How long a plugin process may take for what it owes. Numbers only."""

from typing import Final

from msgspec import Struct


class Patience(Struct, frozen=True):
    """In seconds."""

    ping_s: float = 5.0
    """Between pings while calls run; each has to be answered by the next."""
    misses: int = 2
    hang_s: float = 20.0
    """How long it may stay unresponsive before it is killed."""
    interrupt_s: float = 0.1
    """From an interrupt to the kill, when the call does not end."""
    drain_s: float = 5.0
    exit_s: float = 2.0
    """From the end of its channel to SIGTERM, and from there to SIGKILL."""


HURRIED: Final = Patience(drain_s=0.25, exit_s=0.25)
"""For a kernel that is being torn down."""

ANSWER_S: Final = 1.0
"""How long a plugin that is to be stopped may take to answer a ping before it is killed instead."""

REAP_S: Final = 5.0
"""From SIGKILL to giving up: a process in an uninterruptible sleep is not waited for."""

LAST_WORDS_S: Final = 0.1
"""How long its standard error is read on after its end."""

SILENCE_S: Final = 0.5
"""How long a process may live on after its channel ended."""
