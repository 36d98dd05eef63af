"""`pegboard.toml` as a type: what a plugin is, offers and asks for, readable without importing anything.

Parsing lives here, reading the file does not. `parse_manifest` refuses what it does not know, with the place and a
suggestion, so that a misspelt capability is never silently dropped.
"""

import re
from enum import Enum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from pegboard_sdk.errors import InvalidParams

MAX_MANIFEST_BYTES: Final = 1 << 18

PluginId = Annotated[str, Meta(pattern=r"^([a-z][a-z0-9-]{0,31}\.)?[a-z][a-z0-9-]{0,31}$")]
ToolName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class Start(Enum):
    """When a plugin's process begins: at its first call, with the session, or while a prompt is being taken."""

    ON_USE = "on-use"
    SESSION = "session"
    PROMPT = "prompt"


class ToolEffect(Enum):
    """What a tool can do to the world."""

    READ = "read"
    WRITE = "write"
    EXEC = "exec"
    NET = "net"


class Family(Enum):
    """The kind of tool that rules in the spelling of other agents bind."""

    READ = "read"
    WRITE = "write"
    SEARCH = "search"
    EXEC = "exec"
    NET = "net"
    OTHER = "other"


class SubjectKind(Enum):
    """What a parameter names."""

    FILE = "file"
    DIR = "dir"
    COMMAND = "command"
    URL = "url"
    HOST = "host"


class Access(Enum):
    """What is done with a file or folder."""

    READ = "read"
    WRITE = "write"
    LIST = "list"


class HookKind(Enum):
    """A gate that does not answer denies; an observer that does not answer means nothing."""

    GATE = "gate"
    OBSERVER = "observer"


class Strict(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True):
    """A table of the manifest; an unknown key is an error."""


class Subject(Strict, frozen=True):
    """A parameter that the gate resolves and judges. A list parameter names each of its items."""

    param: str
    kind: SubjectKind
    access: Access = Access.READ


class ToolEntry(Strict, frozen=True):
    """A tool. `input` is the path of its JSON Schema in the package, `timeout_s` 0 means none."""

    name: ToolName
    description: str
    effects: list[ToolEffect]
    repeatable: bool = False
    timeout_s: float = 30.0
    family: Family = Family.OTHER
    input: str = ""
    subjects: list[Subject] = []


class ModelEntry(Strict, frozen=True):
    """A model provider; a user names a model of it as `provider/id`."""

    name: ToolName


class HookEntry(Strict, frozen=True):
    """An implementation of one of `pegboard_sdk.hookspecs`; lower `order` runs earlier."""

    name: str
    kind: HookKind = HookKind.OBSERVER
    order: int = 0


class CommandEntry(Strict, frozen=True):
    """A slash command."""

    name: ToolName
    summary: str = ""


class ChannelEntry(Strict, frozen=True):
    """A front-end."""

    name: ToolName


class Run(Strict, frozen=True):
    """How to start a plugin that is not Python: `{package}` is the folder of the manifest."""

    argv: list[str] = []
    start_timeout_s: float = 10.0


class Capabilities(Strict, frozen=True):
    """What the plugin asks for; it gets no more than the user and the policy grant."""

    read: list[str] = []
    write: list[str] = []
    net: list[str] = []
    exec: bool = False
    env: list[str] = []
    secrets: list[str] = []
    devices: list[str] = []
    terminal: bool = False


class Dynamic(Strict, frozen=True):
    """Name patterns of lists that the plugin makes at run time."""

    tools: str = ""
    models: str = ""


class Manifest(Strict, frozen=True):
    """The whole of `pegboard.toml`."""

    schema: int
    id: PluginId
    version: str
    wire: list[int] = msgspec.field(default_factory=lambda: [1])
    summary: str = ""
    start: Start = Start.ON_USE
    idle_s: float = 300.0
    uses: list[str] = []
    run: Run = msgspec.field(default_factory=Run)
    capabilities: Capabilities = msgspec.field(default_factory=Capabilities)
    tool: list[ToolEntry] = []
    model: list[ModelEntry] = []
    hook: list[HookEntry] = []
    command: list[CommandEntry] = []
    channel: list[ChannelEntry] = []
    dynamic: Dynamic = msgspec.field(default_factory=Dynamic)


_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`(?: - at `\$?(?P<at>[^`]*)`)?")


def parse_manifest(text: bytes, *, where: str) -> Manifest:
    """The manifest in `text`; `where` names its source in errors.

    Raises InvalidParams with the place and what would be right.
    """
    import tomllib  # noqa: PLC0415 - plugins with hooks know these types, and read no manifest

    if len(text) > MAX_MANIFEST_BYTES:
        raise InvalidParams(f"{where}: {len(text)} bytes; a manifest has at most {MAX_MANIFEST_BYTES}")
    try:
        table: dict[str, Any] = tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidParams(f"{where}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidParams(f"{where}: not TOML: {error}") from error
    try:
        manifest = msgspec.convert(table, Manifest)
    except msgspec.ValidationError as error:
        raise InvalidParams(f"{where}: {_explain(str(error))}") from error
    return _checked(manifest, where)


def _explain(message: str) -> str:
    """msgspec's message, with a suggestion where a key is unknown."""
    from difflib import get_close_matches  # noqa: PLC0415 - only where something is wrong

    found = _UNKNOWN.search(message)
    if found is None:
        return message.replace("`$.", "`").replace(" - at `$`", "")
    place = (found["at"] or "").lstrip(".")
    known = _fields_at(place)
    close = get_close_matches(found["key"], known, n=1)
    hint = f"; did you mean `{close[0]}`?" if close else f"; known here: {', '.join(known)}"
    return f"unknown key `{found['key']}`{f' in `{place}`' if place else ''}{hint}"


def _fields_at(place: str) -> list[str]:
    tables: dict[str, type[Struct]] = {
        "": Manifest, "run": Run, "capabilities": Capabilities, "tool": ToolEntry, "tool.subjects": Subject,
        "model": ModelEntry, "hook": HookEntry, "command": CommandEntry, "channel": ChannelEntry, "dynamic": Dynamic,
    }  # fmt: skip
    kind = tables.get(re.sub(r"\[[^\]]*\]", "", place), Manifest)
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def _checked(manifest: Manifest, where: str) -> Manifest:
    """The rules that types do not express."""
    if manifest.schema != 1:
        raise InvalidParams(f"{where}: schema {manifest.schema} is not known; this program reads schema 1")
    for kind, names in _names(manifest).items():
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InvalidParams(f"{where}: {kind} `{twice[0]}` is declared twice")
    for tool in manifest.tool:
        parts = tool.input.replace("\\", "/").split("/")
        if tool.input.startswith("/") or ".." in parts or ":" in tool.input:
            raise InvalidParams(f"{where}: input `{tool.input}` of tool `{tool.name}` leaves the package")
    return manifest


def _names(manifest: Manifest) -> dict[str, list[str]]:
    return {
        "tool": [entry.name for entry in manifest.tool],
        "model": [entry.name for entry in manifest.model],
        "hook": [entry.name for entry in manifest.hook],
        "command": [entry.name for entry in manifest.command],
        "channel": [entry.name for entry in manifest.channel],
    }
