"""The tools of one session: what the model is offered, and what is behind each name. It starts nothing."""

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec
from msgspec import Struct

from pegboard.registry import Registry
from pegboard_sdk.errors import InvalidParams, MethodNotFound
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import ToolEntry
from pegboard_sdk.wire.methods import ToolSpec


class Tool(Struct, frozen=True):
    """A tool, the plugin that has it, and the JSON Schema of its arguments."""

    plugin: str
    entry: ToolEntry
    schema: JsonObject

    @property
    def spec(self) -> ToolSpec:
        """As a model sees it."""
        return ToolSpec(name=self.entry.name, description=self.entry.description, input=self.schema)


class Toolbox:
    """Fixed for a session, so that what a provider cached stays valid. `problems` says what is missing and why."""

    def __init__(
        self,
        registry: Registry,
        *,
        only: Collection[str] = (),
        plugins: Collection[str] = (),
        bare: bool = False,
        offers: Callable[[ToolEntry], bool] = lambda tool: True,
    ) -> None:
        self._registry = registry
        self.problems: list[str] = []
        self.tools: dict[str, Tool] = {}
        for name, offer in registry.tools.available.items():
            if bare or (only and name not in only) or (plugins and offer.plugin not in plugins):
                continue
            if not offers(offer.entry):
                self.problems.append(f"`{name}` is not offered: nothing confines what it runs; see `peg doctor`")
                continue
            try:
                schema = _schema(Path(registry.found(offer.plugin).manifest_path).parent, offer.entry)
            except InvalidParams as error:
                self.problems.append(f"{offer.plugin}: {error.message}")
                continue
            self.tools[name] = Tool(offer.plugin, offer.entry, schema)
        self.problems += [f"no tool `{name}` is installed" for name in only if name not in registry.tools.available]
        self.problems += [f"no plugin `{name}` is installed" for name in plugins if name not in registry.plugins]

    def find(self, name: str) -> Tool:
        """Raises MethodNotFound (naming what is close) or NameTaken."""
        if tool := self.tools.get(name):
            return tool
        self._registry.tools.find(name)
        raise MethodNotFound(f"tool `{name}` is not offered in this session")

    def specs(self) -> tuple[ToolSpec, ...]:
        """For the model, sorted by name."""
        return tuple(tool.spec for tool in self.tools.values())


def _schema(package: Path, entry: ToolEntry) -> JsonObject:
    if not entry.input:
        return {"type": "object", "properties": {}, "additionalProperties": False}
    try:
        return msgspec.json.decode((package / entry.input).read_bytes(), type=JsonObject)
    except OSError as error:
        raise InvalidParams(f"the schema {entry.input} of {entry.name} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParams(f"the schema {entry.input} of {entry.name} is not a JSON object: {error}") from error
