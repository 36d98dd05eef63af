"""Front-ends on the wire: what they are shown and asked, and what a person does there. All payloads are maps.

Kernel to plugin: channel.run, which lasts as long as the front-end, and while it does, front.show and front.ask.
Plugin to kernel, each serving channel.run: session.prompt, session.take_back, session.interrupt, session.command,
session.complete.
"""

from enum import Enum
from typing import Final

from pegboard_sdk.wire.methods import Payload
from pegboard_sdk.wire.records import AnyRecord, Usage

CHANNEL_RUN: Final = "channel.run"
FRONT_SHOW: Final = "front.show"
FRONT_ASK: Final = "front.ask"
SESSION_PROMPT: Final = "session.prompt"
SESSION_TAKE_BACK: Final = "session.take_back"
SESSION_INTERRUPT: Final = "session.interrupt"
SESSION_COMMAND: Final = "session.command"
SESSION_COMPLETE: Final = "session.complete"

SUSPEND: Final = "/suspend"
"""The command that stops the program which has the terminal, until its shell continues it; answered after that. The
front-end gives the terminal back before, and takes it again."""

CALLED: Final = frozenset({CHANNEL_RUN, FRONT_SHOW, FRONT_ASK})
"""What the kernel calls of a front-end."""


class RunChannel(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Be a front-end until the person leaves: the result is a `Left`. `first` is a prompt typed on the command line,
    which the front-end sends when it is ready, or not at all."""

    channel: str
    session: str
    first: str = ""


class Left(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Why a front-end ended: `leave` ends the program, else the session stays for the others that are attached."""

    leave: bool = True


class Status(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """How a session stands, for a status line. Sent whole, whenever something of it changed."""

    session: str
    workspace: str = ""
    title: str = ""
    model: str = ""
    effort: str = ""
    mode: str = ""
    tier: str = ""
    """What confines commands and plugins; "T0" and "off" are to be shown."""
    context_used: int = 0
    """Tokens that the next request will hold, about."""
    context_size: int = 0
    """Of the model; 0 when unknown."""
    usage: Usage = Usage()
    cost: float | None = None
    busy: bool = False
    doing: str = ""
    """What runs, in a few words: `bash: pytest -q`; empty while a model answers."""
    seconds: float = 0
    """How long the run has been busy when this was sent."""
    steering: tuple[str, ...] = ()
    """Prompts that go in behind the running tool, oldest first."""
    queued: tuple[str, ...] = ()
    """Prompts for when the run is over, oldest first."""
    plugins: tuple[str, ...] = ()
    """Instances whose process runs."""
    fronts: int = 1


class Show(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What happened since the last one, in order; the answer, empty, asks for more. Neighbouring deltas of one stream
    come joined. `replay`: these records are of before the front-end came, to be drawn without effects. `anew`: another
    session, or this one rewound, is what follows; what is on the screen is of the past."""

    records: tuple[AnyRecord, ...] = ()
    status: Status | None = None
    replay: bool = False
    anew: bool = False


class When(Enum):
    """What a prompt does while a run is on: go in behind the running tool, or wait for the run's end. At once when
    nothing runs, both."""

    STEER = "steer"
    QUEUE = "queue"


class Attachment(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Something pasted: an image, by its bytes."""

    media_type: str
    data: bytes
    name: str = ""


class Prompted(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What a person said. The answer, empty, comes when it is taken, not when it is worked through.

    A text that begins with `!` runs a command of the shell, whose output joins the context; with `!!` it does not.
    `@PATH` in a text mentions a file, which is read through the gate and goes along.
    """

    text: str
    when: When = When.STEER
    attachments: tuple[Attachment, ...] = ()


class TakenBack(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to session.take_back: the newest prompt that had not gone in yet; empty when there is none."""

    text: str = ""


class Typed(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A slash command as it was typed, `/` and all. Bare `/name` where that wants a choice asks for it by front.ask."""

    line: str


class Form(Enum):
    """How a text is to be shown."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    DIFF = "diff"


class Said(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a command. `leave`: the person wants to go. `copy`: goes to the clipboard. `draft`: goes into the
    input, to be edited. `theme`: the front-end is to look so from now on."""

    text: str = ""
    form: Form = Form.PLAIN
    failed: bool = False
    leave: bool = False
    copy: str = ""
    draft: str = ""
    theme: str = ""


class Complete(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What could stand at the end of `text`, the line up to the cursor: commands and their arguments, `@` files."""

    text: str
    limit: int = 50


class Completion(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One possibility: replace the last `replaces` characters before the cursor by `insert`."""

    insert: str
    replaces: int = 0
    label: str = ""
    about: str = ""


class Completions(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The best first."""

    items: tuple[Completion, ...] = ()
