"""The methods of PWP/1 and their payloads. Kernel to plugin: tool.call, model.stream, model.list, model.batch,
hook.NAME, command.run. Plugin to kernel: user.ask, tool.call, fs.read, fs.write. All are maps and evolve by name.
"""

from typing import Any, Final

from msgspec import Struct

from pegboard_sdk.wire.records import Message, Outcome, ResultPart, ToolResult, Usage

TOOL_CALL: Final = "tool.call"
MODEL_STREAM: Final = "model.stream"
MODEL_LIST: Final = "model.list"
MODEL_BATCH: Final = "model.batch"
COMMAND_RUN: Final = "command.run"
HOOK_PREFIX: Final = "hook."
USER_ASK: Final = "user.ask"
FS_READ: Final = "fs.read"
FS_WRITE: Final = "fs.write"


class Payload(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Parameters or value of a method."""


class Setup(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """`Hello.config`: what this instance of the plugin was given."""

    instance: str = ""
    workspace: str = ""
    """For display; the right to open anything there comes only with a call."""
    roots: tuple[str, ...] = ()
    """Folders that count like the workspace."""
    data_dir: str = ""
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class Step(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One program of a plan: the argv that was judged, run from `program` (an absolute path)."""

    argv: tuple[str, ...]
    program: str = ""
    stdin: str | None = None
    """The text of a here-document."""
    discard_stdout: bool = False
    discard_stderr: bool = False
    stderr_to_stdout: bool = False
    cwd: str = ""
    """Relative to the workspace; `cd` in a list moves it for the steps after."""


class Pipeline(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Steps joined by `|`. `when` says how it follows the one before: `;` always, `&&` after success, `||` after
    failure."""

    steps: tuple[Step, ...]
    when: str = ";"


class Plan(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What a command was judged as. With `pipelines` exactly these run, without a shell; else `script` runs in a fixed
    bash, after a person or mode `full` allowed it. The kernel runs it; a plugin is shown it."""

    pipelines: tuple[Pipeline, ...] = ()
    script: str = ""
    path: str = ""
    """PATH for the programs started."""


class FileGrant(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What the kernel opened for one parameter. `slot` counts the descriptors that came with the call.

    read: the descriptor is the file. write: it is the parent folder, `name` the final component, and `exists` whether
    the name was taken by a plain file when it was judged (`device`, `inode` then name it). list: it is the folder.
    """

    slot: int
    path: str
    """As shown to people: relative to the workspace, or absolute outside it."""
    access: str
    name: str = ""
    exists: bool = True
    device: int = 0
    inode: int = 0
    exclude: tuple[str, ...] = ()
    """Under a folder: gitignore patterns of what this call must not show."""


class CommandGrant(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A command that the kernel runs for this call, as it was judged, once the plugin orders it.

    `control` and `output` count the descriptors that came with the call: a socket for the order, KILL and the report,
    and the reading end of what the programs write.
    """

    plan: Plan
    control: int
    output: int


class CallTool(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Run a tool. `files` and `commands` hold, for each judged parameter (`name` or `name[i]`), what was allowed."""

    tool: str
    arguments: dict[str, Any]
    call: str
    session: str = ""
    files: dict[str, FileGrant] = {}
    commands: dict[str, CommandGrant] = {}
    turn: int = 0
    """The user's prompt that it serves, counted from 1 in its session: what is undone together. 0 outside a session."""


class ToolOutput(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A tool's result; text may also have come as a stream before it. A failed tool is a value, not an error."""

    parts: tuple[ResultPart, ...] = ()
    outcome: Outcome = Outcome.OK
    note: str = ""
    origin: str = ""
    shown: str = ""
    """For people only, such as a diff; never sent to the model."""
    blobs: dict[str, bytes] = {}
    """Bytes that a part names as `blob:KEY`; the kernel keeps them and puts the handle in its place."""


class ToolSpec(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A tool as a model sees it."""

    name: str
    description: str
    input: dict[str, Any]


class Base(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What the caller believes the provider holds of a conversation: so many entries, with this hash."""

    count: int = 0
    sha256: str = ""


Entry = Message | ToolResult
"""What a conversation consists of."""


class StreamModel(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Ask a model. The provider appends to what it holds; CONFLICT, effect none, when it does not hold `base`."""

    model: str
    conversation: str
    base: Base = Base()
    append: tuple[Entry, ...] = ()
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    effort: str = ""
    """How much the model is to think, in the user's words: `low`, `high`; empty leaves it to the provider."""
    params: dict[str, Any] = {}
    blobs: dict[str, bytes] = {}
    """The contents of images in `append`, by handle."""


class ModelReply(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The end of `model.stream`: the whole message, after its deltas went out as Data items of type `delta`."""

    message: Message
    usage: Usage | None = None
    cost: float | None = None


class ListModels(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Ask a provider for the models that it can reach."""

    provider: str


class ModelInfo(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A model: `context` in tokens, 0 when unknown."""

    id: str
    context: int = 0


class AskUser(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Ask whoever sits in front; without a front-end that can answer, the answer is a refusal with the reason."""

    text: str
    choices: tuple[str, ...] = ()
    default: str | None = None


class UserAnswer(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The answer, word for word."""

    text: str


class RunCommand(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Run a slash command with the text after its name."""

    command: str
    text: str = ""
    session: str = ""


class CallHook(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Arguments of a hook by name; only those that the implementation asked for."""

    arguments: dict[str, Any]


class ReadFile(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Read through the kernel, for plugins that cannot be given descriptors; judged as the serving call's."""

    path: str
    offset: int = 0
    limit: int = 1 << 16


class FileBytes(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a file and the size of the whole."""

    data: bytes
    size: int


class WriteFile(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Replace a file's content through the kernel, atomically."""

    path: str
    data: bytes
