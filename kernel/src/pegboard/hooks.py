"""Drives the hooks: pluggy holds who implements what and in which order, the kernel awaits them by the hook's mode.

pluggy's own call cannot await, and its `firstresult` and wrappers stop at the first coroutine, so neither is used. A
gate that fails or does not answer in time denies; an observer that does is reported and means nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import pluggy
import trio
from msgspec import Struct

from pegboard_sdk.errors import DeadlineExceeded, PegboardError, PermissionDenied
from pegboard_sdk.hookspecs import MODES, PROJECT, REFUSING, Hooks, hookimpl
from pegboard_sdk.wire.manifest import HookEntry, HookKind

HOOK_SECONDS: Final = 10.0

OF_EFFECTS: Final = frozenset({"before_effect", "after_effect"})
"""Calls wait for these: who fails in one is told once and not asked again, so that the dead hold nothing up."""


class Remote(Protocol):
    """Calls a hook in a plugin's process."""

    async def __call__(self, plugin: str, hook: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """The plugin's answer, decoded. Raises DeadlineExceeded after HOOK_SECONDS, without the time of questions."""


class Implementation(Struct, frozen=True):
    """One plugin's part in a hook."""

    plugin: str
    entry: HookEntry
    call: Callable[..., Awaitable[Any]]
    argnames: tuple[str, ...]


class HookFailure(Struct, frozen=True):
    """An observer that did not answer, for the log."""

    plugin: str
    hook: str
    message: str


class HookRunner:
    """All hooks of a kernel. `report` is told of observers that failed."""

    def __init__(self, remote: Remote, report: Callable[[HookFailure], None]) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._entries: dict[tuple[str, str], HookEntry] = {}
        self._off: set[str] = set()
        self._remote = remote
        self._report = report

    def register(self, plugin: str, entries: list[HookEntry]) -> None:
        """Add a plugin's hooks from its manifest. Unknown hooks are reported and skipped."""
        known = [entry for entry in entries if entry.name in MODES]
        for entry in entries:
            if entry.name not in MODES:
                self._report(HookFailure(plugin, entry.name, f"no such hook; known: {', '.join(MODES)}"))
        for entry in known:
            self._entries[plugin, entry.name] = entry
        if known:
            self._manager.register(_proxy(plugin, known, self._remote), name=plugin)

    def block(self, plugin: str) -> None:
        """Take a plugin out of every hook for good."""
        self._manager.set_blocked(plugin)

    def has(self, hook: str) -> bool:
        """Whether anyone implements it; nothing needs to be built for a hook that nobody has."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

    async def chain(self, hook: str, subject: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """Each implementation gets `arguments[subject]` as the one before left it; the last value is the answer.

        Raises PermissionDenied when a gate fails.
        """
        value = arguments[subject]
        for implementation in self._implementations(hook):
            answer = await self._guarded(hook, implementation, {**arguments, subject: value})
            value = value if answer is None else answer
        return value

    async def first(self, hook: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """One after another, until one answers; that answer. Raises PermissionDenied when a gate that may refuse
        fails."""
        for implementation in self._implementations(hook):
            answer = await self._guarded(hook, implementation, arguments)
            if answer is not None:
                return answer
        return None

    async def collect(self, hook: str, arguments: dict[str, Any]) -> list[tuple[str, Any]]:
        """All at once; the answers that are not None, with their plugins, in order."""
        found: dict[int, tuple[str, Any]] = {}

        async def one(index: int, implementation: Implementation) -> None:
            answer = await self._guarded(hook, implementation, arguments)
            if answer is not None:
                found[index] = (implementation.plugin, answer)

        async with trio.open_nursery() as nursery:
            for index, implementation in enumerate(self._implementations(hook)):
                nursery.start_soon(one, index, implementation)
        return [found[index] for index in sorted(found)]

    async def notify(self, hook: str, arguments: dict[str, Any]) -> None:
        """All at once; what they answer does not matter."""
        await self.collect(hook, arguments)

    def _implementations(self, hook: str) -> list[Implementation]:
        found = [
            Implementation(each.plugin_name, self._entries[each.plugin_name, hook], each.function, tuple(each.argnames))
            for each in getattr(self._manager.hook, hook).get_hookimpls()
            if hook not in OF_EFFECTS or each.plugin_name not in self._off
        ]
        return sorted(found, key=lambda each: each.entry.order)

    async def _guarded(self, hook: str, implementation: Implementation, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        wanted = {name: arguments[name] for name in implementation.argnames if name in arguments}
        try:
            return await implementation.call(**wanted)
        except DeadlineExceeded:
            message = f"gave no answer in {HOOK_SECONDS:g} s"
        except PegboardError as error:
            message = error.message
        if implementation.entry.kind is HookKind.GATE and hook in REFUSING:
            raise PermissionDenied(f"the gate {implementation.plugin}.{hook} {message}, so the answer is no")
        if hook in OF_EFFECTS and implementation.plugin not in self._off:
            self._off.add(implementation.plugin)
            message += "; what calls change is not watched any more in this session, so it cannot be undone"
        self._report(HookFailure(implementation.plugin, hook, message))
        return None


def _proxy(plugin: str, entries: list[HookEntry], remote: Remote) -> object:
    """An object with one method for each declared hook, and no others."""
    return type("Proxy", (), {entry.name: _method(plugin, entry, remote) for entry in entries})()


def _method(plugin: str, entry: HookEntry, remote: Remote) -> Callable[..., Awaitable[Any]]:
    async def call(self: object, **arguments: object) -> Any:  # noqa: ANN401
        return await remote(plugin, entry.name, arguments)

    call.__wrapped__ = getattr(Hooks, entry.name)  # type: ignore[attr-defined]  # pluggy reads the signature through it
    return hookimpl(call)
