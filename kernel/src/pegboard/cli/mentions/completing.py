"""Completes a mention that is being typed, from the files of the workspace that the gate denies nobody."""

import time
from itertools import islice
from typing import Final

import trio

from pegboard.agent import Agent
from pegboard.cli.mentions.listing import paths_below
from pegboard.cli.mentions.matching import matching
from pegboard.cli.mentions.reading import READERS
from pegboard.cli.mentions.words import Unfinished, written
from pegboard.gate.names import Table
from pegboard.gate.path import FileKind, Sensitivity
from pegboard.gate.policy import Policy
from pegboard.gate.rule import use_below
from pegboard.gate.verdict import Verdict
from pegboard_sdk.wire.fronting import Completion
from pegboard_sdk.wire.manifest import Access, ToolEntry

MOST: Final = 50
FRESH_S: Final = 4.0
"""So long what was found stands for what is there."""


class Files:
    """Looks at a workspace in a thread, one at a time, and remembers for a moment what it found."""

    def __init__(self) -> None:
        self._one_at_a_time = trio.Lock()
        self._found: tuple[str, float, list[str]] = ("", 0.0, [])

    async def complete(self, agent: Agent, typed: Unfinished) -> tuple[Completion, ...]:
        """What could be meant, the best first; nothing where no tool reads files, or beyond the workspace."""
        tool = agent.dispatcher.toolbox.tools.get(READERS[FileKind.FILE].tool)
        if tool is None or typed.path.startswith(("/", "~", "..")):
            return ()
        place, policy = agent.dispatcher.approval.place, agent.dispatcher.approval.policy
        paths = await self._paths(place.root_path)
        seen = Seen(policy, tool.entry, place.root_path, place.home)

        def best() -> list[str]:
            return list(islice(filter(seen.shows, matching(paths, typed.path.removeprefix("./"))), MOST))

        return tuple(_completion(path, typed) for path in await trio.to_thread.run_sync(best, abandon_on_cancel=True))

    async def _paths(self, root: str) -> list[str]:
        async with self._one_at_a_time:
            of, at, found = self._found
            if of != root or time.monotonic() - at > FRESH_S:
                found = await trio.to_thread.run_sync(paths_below, root, abandon_on_cancel=True)
                self._found = (root, time.monotonic(), found)
            return found


class Seen:
    """Which paths may be offered: none that a deny rule binds by its name, nor one that may hold credentials."""

    def __init__(self, policy: Policy, tool: ToolEntry, root: str, home: str) -> None:
        self._denying = tuple(policy.of(Verdict.DENY))
        self._tool, self._root, self._home = tool, root, home
        self._table = Table()

    def shows(self, path: str) -> bool:
        """Whether it may be, by its name alone: reading it is judged anew."""
        bare = path.rstrip("/")
        if not written(path) or self._table.sensitivity(bare, Access.READ, exists=True) is not Sensitivity.ORDINARY:
            return False
        use = use_below(f"{self._root.rstrip('/')}/{bare}", Access.READ, root=self._root, home=self._home)
        return not any(rule.binds_use(use, self._tool) for rule in self._denying)


def _completion(path: str, typed: Unfinished) -> Completion:
    text = written(path)
    # In a folder one goes on typing.
    insert = text.removesuffix('"') if path.endswith("/") else text
    return Completion(insert=insert, replaces=typed.length, label=path)
