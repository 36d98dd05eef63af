"""A handler's signature: its parameters as a decodable type, its docstring in parts, where its context goes.

Only the cheap part happens when the handler is declared; types are resolved and decoders built at the first call.
"""

import re
import types
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Final, get_type_hints

import msgspec
from msgspec import Meta

from pegboard_sdk.errors import InvalidParams

CONTEXTS: Final = frozenset({"Context", "AsyncContext", "ModelContext", "AsyncModelContext"})
"""Annotations by which the context's parameter is recognised, written as a name or as a string."""

CO_VARARGS: Final = 0x04
CO_VARKEYWORDS: Final = 0x08
CO_COROUTINE: Final = 0x80
_PARAMETER_LINE: Final = r"^ *(?P<name>[A-Za-z_]\w*): +(?P<text>\S.*)$"


class Signature:
    """One handler function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        code: types.CodeType | None = getattr(function, "__code__", None)
        if code is None:
            raise InvalidParams(f"{function!r} is not a plain function; wrap it in one")
        if code.co_flags & (CO_VARARGS | CO_VARKEYWORDS):
            raise InvalidParams(f"{function.__name__}: *args and **kwargs have no schema; name the parameters")
        count = code.co_argcount + code.co_kwonlyargcount
        names = code.co_varnames[:count]
        self.function = function
        self.context_name = next((name for name in names if _is_context(function.__annotations__.get(name))), "")
        self.parameters = tuple(name for name in names if name != self.context_name)
        self._by_name = code.co_kwonlyargcount > (1 if self.context_name else 0)

    @staticmethod
    def is_coroutine(function: Callable[..., Any]) -> bool:
        """Whether calling it gives a coroutine, without the price of importing `inspect`."""
        code: types.CodeType | None = getattr(function, "__code__", None)
        return code is not None and bool(code.co_flags & CO_COROUTINE)

    @cached_property
    def arguments(self) -> type[msgspec.Struct]:
        """The parameters as a Struct that refuses unknown ones. Raises InvalidParams when a type has no schema."""
        function = self.function
        try:
            hints = get_type_hints(function, include_extras=True)
        except NameError as error:
            raise InvalidParams(f"{function.__name__}: {error}; import it outside `if TYPE_CHECKING`") from error
        defaults = self._defaults()
        docs = self.parameter_docs
        fields: list[Any] = []
        for name in self.parameters:
            if name not in hints:
                raise InvalidParams(f"{function.__name__}: parameter `{name}` has no type")
            kind = Annotated[hints[name], Meta(description=docs[name])] if name in docs else hints[name]
            fields.append((name, kind, _field(defaults[name])) if name in defaults else (name, kind))
        return msgspec.defstruct(function.__name__, fields, kw_only=True, forbid_unknown_fields=True)

    @cached_property
    def _decoder(self) -> msgspec.msgpack.Decoder[Any]:
        return msgspec.msgpack.Decoder(self.arguments)

    @cached_property
    def _lenient(self) -> msgspec.msgpack.Decoder[Any]:
        return msgspec.msgpack.Decoder(self.arguments, strict=False)

    def decode(self, arguments: msgspec.Raw) -> msgspec.Struct:
        """The arguments of one call. Raises InvalidParams with the place and what would fit.

        What JSON Schema takes for the right type but MessagePack spells otherwise (2.0 for 2) is taken too.
        """
        try:
            return self._decoder.decode(arguments)  # type: ignore[no-any-return]
        except msgspec.ValidationError as error:
            try:
                return self._lenient.decode(arguments)  # type: ignore[no-any-return]
            except msgspec.ValidationError:
                known = f"; parameters: {', '.join(self.parameters)}" if "unknown field" in str(error) else ""
                raise InvalidParams(f"{self.function.__name__}: {error}{known}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidParams(f"{self.function.__name__}: arguments that cannot be read: {error}") from None

    def call(self, arguments: msgspec.Struct, context: object) -> object:
        """Call the function; the context goes to the parameter that wants it."""
        extra = {self.context_name: context} if self.context_name else {}
        if self._by_name:
            return self.function(**msgspec.structs.asdict(arguments), **extra)
        return self.function(*msgspec.structs.astuple(arguments), **extra)

    def call_plain(self, values: tuple[Any, ...], context: object) -> object:
        """Call with as many of `values` as the function takes, for handlers whose shape is ours."""
        extra = {self.context_name: context} if self.context_name else {}
        return self.function(*values[: len(self.parameters)], **extra)

    @cached_property
    def description(self) -> str:
        """The docstring's first paragraph, on one line."""
        text = (self.function.__doc__ or "").strip()
        return " ".join(text.split("\n\n")[0].split())

    @cached_property
    def parameter_docs(self) -> dict[str, str]:
        """Lines of the form `name: text` behind the first paragraph, for parameters that exist.

        A line that is indented deeper than its parameter's goes on with it.
        """
        found: dict[str, str] = {}
        name, indent = "", 0
        for line in (self.function.__doc__ or "").partition("\n\n")[2].splitlines():
            match = re.match(_PARAMETER_LINE, line)
            margin = len(line) - len(line.lstrip())
            if match is not None and match["name"] in self.parameters:
                name, indent = match["name"], margin
                found[name] = match["text"].strip()
            elif name and line.strip() and margin > indent:
                found[name] += " " + line.strip()
            else:
                name = ""
        return found

    def _defaults(self) -> dict[str, Any]:
        code = self.function.__code__
        positional = code.co_varnames[: code.co_argcount]
        values = self.function.__defaults__ or ()
        found = dict(zip(positional[len(positional) - len(values) :], values, strict=True))
        return found | (self.function.__kwdefaults__ or {})


def _field(default: object) -> object:
    """A default as msgspec wants it: containers are made anew for each call."""
    if isinstance(default, list | dict | set):
        return msgspec.field(default_factory=default.copy)
    return default


def _is_context(annotation: object) -> bool:
    """Also under `from __future__ import annotations`, also as `Context | None`."""
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return name.partition("|")[0].strip().rpartition(".")[2] in CONTEXTS
