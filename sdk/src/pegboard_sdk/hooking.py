"""The hooks of one plugin, run inside its process: pluggy checks and orders them, the mode of the spec drives them.

Imported only where a plugin declares hooks.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import msgspec
import pluggy
from msgspec import Raw

from pegboard_sdk.errors import InvalidParams, MethodNotFound
from pegboard_sdk.hookspecs import MODES, PROJECT, Hooks, Mode, hookimpl
from pegboard_sdk.plugin import BadDeclaration, Hook
from pegboard_sdk.signature import Signature
from pegboard_sdk.wire.codec import BAD_BODY


class HookBoard:
    """The implementations of a plugin. Raises BadDeclaration when one fits no specification."""

    def __init__(self, hooks: Sequence[Hook]) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        # pluggy calls the last registered first; a lower order is to run earlier.
        for number, hook in enumerate(sorted(hooks, key=lambda each: each.order, reverse=True)):
            if hook.name not in MODES:
                raise BadDeclaration(f"there is no hook `{hook.name}`; there are {', '.join(MODES)}")
            holder = type("Holder", (), {hook.name: staticmethod(hookimpl(_without_context(hook)))})
            try:
                self._manager.register(holder, name=f"{hook.name}-{number}")
            except pluggy.PluginValidationError as error:
                raise BadDeclaration(str(error)) from error

    def bound(self, name: str, arguments: dict[str, Raw]) -> Callable[[object], Any]:
        """The call of hook `name` with decoded arguments, which wants a context: gives the one value that the kernel
        expects of a plugin.

        Raises MethodNotFound for a hook without implementation here, InvalidParams for arguments that do not fit.
        """
        caller = getattr(self._manager.hook, name, None)
        implementations = list(reversed(caller.get_hookimpls())) if caller is not None else []
        if not implementations:
            raise MethodNotFound(f"hook `{name}` is not implemented here")
        given = _decoded(name, arguments)
        functions = [each.function for each in implementations]
        signatures = [getattr(function, "signature", None) or Signature(function) for function in functions]
        if any(Signature.is_coroutine(signature.function) for signature in signatures):

            async def drive(context: object) -> object:
                return await _drive_async(MODES[name], signatures, given, context)

            return drive
        return lambda context: _drive(MODES[name], signatures, given, context)


def _without_context(hook: Hook) -> Callable[..., Any]:
    """What pluggy may know of an implementation: it compares the parameters with the specification's, which has no
    context."""
    signature = hook.signature
    if not signature.context_name:
        return signature.function

    def shown() -> None: ...

    shown.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in signature.parameters]
    )
    shown.signature = signature  # type: ignore[attr-defined]
    return shown


def _drive(mode: Mode, signatures: list[Signature], given: dict[str, Any], context: object) -> object:
    fold = _Fold(mode, given)
    for signature in signatures:
        if fold.take(signature.call_plain(fold.wanted(signature.parameters), context)):
            break
    return fold.value


async def _drive_async(mode: Mode, signatures: list[Signature], given: dict[str, Any], context: object) -> object:
    fold = _Fold(mode, given)
    for signature in signatures:
        answer: Any = signature.call_plain(fold.wanted(signature.parameters), context)
        if fold.take(await answer if Signature.is_coroutine(signature.function) else answer):
            break
    return fold.value


class _Fold:
    """What several implementations say, as one value: of a chain the last link, of a collection all texts."""

    def __init__(self, mode: Mode, given: dict[str, Any]) -> None:
        self._mode = mode
        self._given = given
        self.value: Any = None

    def wanted(self, names: Sequence[str]) -> tuple[Any, ...]:
        """The arguments of one implementation."""
        return tuple(self._given.get(name) for name in names)

    def take(self, answer: object) -> bool:
        """Add one answer; whether that was enough."""
        if answer is None or self._mode is Mode.NOTIFY:
            return False
        if self._mode is Mode.CHAIN:
            link = next((name for name, value in self._given.items() if type(value) is type(answer)), None)
            if link is not None:
                self._given[link] = answer
            self.value = answer
        elif self._mode is Mode.COLLECT:
            self.value = f"{self.value}\n{answer}" if self.value is not None else answer
        else:
            self.value = answer
        return self._mode is Mode.FIRST


def _decoded(name: str, arguments: dict[str, Raw]) -> dict[str, Any]:
    hints = get_type_hints(getattr(Hooks, name))
    decoded: dict[str, Any] = {}
    for key, value in arguments.items():
        if key in hints and key != "return":
            try:
                decoded[key] = msgspec.msgpack.decode(value, type=hints[key])
            except BAD_BODY as error:
                raise InvalidParams(f"hook.{name}: {key}: {error}") from None
    return decoded
