"""What an author declares: a plugin with its tools, models, commands, hooks and channels. It runs nothing itself.

The declarations are what `pegboard.toml` is written from; the runtimes look handlers up here. Nothing is checked or
built at import but names: schemas and decoders are made when first needed.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, overload

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.signature import Signature
from pegboard_sdk.wire.methods import Setup

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)

EFFECTS: Final = ("read", "write", "exec", "net")
FAMILIES: Final = ("read", "write", "search", "exec", "net", "other")
HOOK_KINDS: Final = ("gate", "observer")
MANIFEST: Final = "pegboard.toml"

EXIT_USAGE: Final = 64


class BadDeclaration(PegboardError):
    """A plugin declares something that cannot be: a mistake of its author, found when its module is imported."""


class ToolFailed(PegboardError):
    """Raised by a tool: it ran and did not succeed. The message is the result that the model reads."""


class Declaration:
    """A function of the plugin's and the name that it is called by."""

    def __init__(self, name: str, function: Function) -> None:
        self.name = name
        self.signature = Signature(function)


class Tool(Declaration):
    """A tool as declared; field meanings as in the manifest's `[[tool]]`."""

    def __init__(
        self,
        name: str,
        function: Function,
        *,
        effects: tuple[str, ...],
        family: str,
        timeout_s: float,
        repeatable: bool,
        subjects: Mapping[str, str],
    ) -> None:
        super().__init__(name, function)
        self.effects = effects
        self.family = family
        self.timeout_s = timeout_s
        self.repeatable = repeatable
        self.subjects = dict(subjects)


class Model(Declaration):
    """A model provider."""


class Command(Declaration):
    """A slash command."""

    def __init__(self, name: str, function: Function, summary: str) -> None:
        super().__init__(name, function)
        self.summary = summary


class Channel(Declaration):
    """A front-end."""


class Hook(Declaration):
    """An implementation of a hook."""

    def __init__(self, name: str, function: Function, kind: str, order: int) -> None:
        super().__init__(name, function)
        self.kind = kind
        self.order = order


class Plugin:
    """A plugin. `id` is the manifest's; `package_dir` is where the manifest lies, beside the declaring module."""

    def __init__(self, id: str, *, package_dir: str | None = None) -> None:  # noqa: A002 - the word of the manifest
        self.id = id
        self.package_dir = package_dir or _folder_of_caller()
        self.tools: dict[str, Tool] = {}
        self.models_offered: dict[str, Model] = {}
        self.commands: dict[str, Command] = {}
        self.channels: dict[str, Channel] = {}
        self.hooks: list[Hook] = []
        self.model_list: Declaration | None = None
        self.model_batch: Declaration | None = None
        self.started: list[Callable[[Setup], object]] = []
        self.stopped: list[Callable[[], object]] = []

    def tool(
        self,
        *,
        effect: str | Iterable[str],
        name: str | None = None,
        family: str = "other",
        timeout_s: float = 30,
        repeatable: bool = False,
        subjects: Mapping[str, str] | None = None,
    ) -> Callable[[F], F]:
        """Offer a function as a tool. Its signature is the input schema, its docstring the description.

        subjects: for each parameter that the gate judges, `kind[:access]`: kind file, dir, command, url or host; access
            read, write or list. A handler gets what was allowed from its context.
        Raises BadDeclaration for a name taken twice or an effect or family that does not exist.
        """
        effects = (effect,) if isinstance(effect, str) else tuple(effect)

        def declare(function: F) -> F:
            tool = Tool(
                name or function.__name__,
                function,
                effects=effects,
                family=family,
                timeout_s=timeout_s,
                repeatable=repeatable,
                subjects=subjects or {},
            )
            for word in effects:
                _one_of(word, EFFECTS, f"effect of tool `{tool.name}`")
            _one_of(family, FAMILIES, f"family of tool `{tool.name}`")
            _add(self.tools, tool, "tool")
            return function

        return declare

    def model(self, name: str) -> Callable[[F], F]:
        """Offer a function as a model provider: it streams deltas through its context and returns a ModelReply."""

        def declare(function: F) -> F:
            _add(self.models_offered, Model(name, function), "model")
            return function

        return declare

    def models(self, function: F) -> F:
        """Offer the list of models that the provider can reach; takes the provider's name if it wants it."""
        self.model_list = Declaration("models", function)
        return function

    def batches(self, function: F) -> F:
        """Offer batch jobs: takes an `AskBatch`, returns the jobs that it is about; answers are written as lines."""
        self.model_batch = Declaration("batches", function)
        return function

    def command(self, name: str, *, summary: str = "") -> Callable[[F], F]:
        """Offer a slash command: gets the text behind its name, returns what is shown."""

        def declare(function: F) -> F:
            _add(self.commands, Command(name, function, summary), "command")
            return function

        return declare

    def channel(self, name: str) -> Callable[[F], F]:
        """Offer a front-end: runs as long as it lives, with a `Front` (an `AsyncFront` in a coroutine function)."""

        def declare(function: F) -> F:
            _add(self.channels, Channel(name, function), "channel")
            return function

        return declare

    @overload
    def hook(self, function: F) -> F: ...
    @overload
    def hook(self, *, kind: str = "observer", order: int = 0) -> Callable[[F], F]: ...
    def hook(self, function: F | None = None, *, kind: str = "observer", order: int = 0) -> F | Callable[[F], F]:
        """Take part in a hook: the function is named like one of `pegboard_sdk.hookspecs` and takes what it wants.

        Usable bare and with arguments: a `gate` that fails denies, an `observer` that fails means nothing; lower
        `order` runs earlier.
        """
        _one_of(kind, HOOK_KINDS, "kind of a hook")

        def declare(implementation: F) -> F:
            self.hooks.append(Hook(implementation.__name__, implementation, kind, order))
            return implementation

        return declare if function is None else declare(function)

    def on_start(self, function: F) -> F:
        """Run once after the handshake and before the first call, on the main thread, with the plugin's setup."""
        self.started.append(function)
        return function

    def on_stop(self, function: F) -> F:
        """Run once when the plugin ends in order: drained, or its channel closed."""
        self.stopped.append(function)
        return function

    @property
    def is_async(self) -> bool:
        """Whether any handler is a coroutine function: then the plugin runs on trio."""
        declared: list[Any] = [each.signature.function for each in self.declarations()]
        return any(map(Signature.is_coroutine, (*declared, *self.started, *self.stopped)))

    def declarations(self) -> list[Declaration]:
        """Everything that can be called."""
        found: list[Declaration] = [*self.tools.values(), *self.models_offered.values(), *self.commands.values()]
        found += [*self.channels.values(), *self.hooks]
        return [*found, *(one for one in (self.model_list, self.model_batch) if one is not None)]

    def run(self) -> None:
        """Serve standard input and output until the channel ends, then exit the process.

        Started by a person instead of by Pegboard, it says so and exits 64.
        """
        if os.environ.get("PEGBOARD_PLUGIN") != "1":
            said = f"{self.id} is a plugin of Pegboard, which starts it itself: try `peg plugin show {self.id}`\n"
            sys.stderr.write(said)
            raise SystemExit(EXIT_USAGE)
        from pegboard_sdk.host import serve_plugin  # noqa: PLC0415 - who only declares needs no runtime

        raise SystemExit(serve_plugin(self))


def _folder_of_caller() -> str:
    """The folder of the module that made the plugin; the current one where it has no file."""
    file = sys._getframe(2).f_globals.get("__file__")
    return os.path.dirname(os.path.abspath(file)) if file else os.getcwd()


D = TypeVar("D", bound=Declaration)


def _add(table: dict[str, D], declaration: D, kind: str) -> None:
    if declaration.name in table:
        raise BadDeclaration(f"{kind} `{declaration.name}` is declared twice; give one of them another `name`")
    table[declaration.name] = declaration


def _one_of(word: str, known: tuple[str, ...], what: str) -> None:
    if word not in known:
        raise BadDeclaration(f"{what}: `{word}` is not one of {', '.join(known)}")
