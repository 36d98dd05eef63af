"""How ends are told: of a process to people, of several tasks as one error. Pure."""

import signal
from collections.abc import Iterator

import trio

from pegboard.errors import SpawnerDied
from pegboard_sdk.errors import PegboardError, Unresponsive


class Interrupted(Unresponsive):
    """A call did not end when it was interrupted, so its process was killed: no crash of the plugin's."""


def explain(instance: str, fault: PegboardError | None, status: int | None, last_words: str) -> str:
    """Why a process is gone: our fault with it, how it ended by itself, and what it said last."""
    parts = [fault.message] if fault is not None else []
    if status is not None:
        parts.append(f"ended by {signal.Signals(-status).name}" if status < 0 else f"exited with status {status}")
    if last_words:
        parts.append(f"its last words: {last_words}")
    return f"plugin `{instance}`: {'; '.join(parts) or 'ended'}"


def alone(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a group of our nurseries stands for: the spawner's death before all, else what is alone in it."""
    leaves = list(_leaves(group))
    died = [one for one in leaves if isinstance(one, SpawnerDied)]
    told = [one for one in leaves if not isinstance(one, trio.Cancelled)]
    if died:
        return died[0]
    return told[0] if len(told) == 1 else group


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error
