"""What a person is asked, and what they say."""

from typing import Any

from msgspec import Struct, field

from pegboard_sdk.wire.record import Record


class Room(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a command runs. Not `confined`: with all of the user's rights. Else in the workspace, and what it `needs`
    besides ("network", "protected", "outside"); with "network" only to `hosts`, where they are known."""

    confined: bool = False
    needs: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class Program(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One program of a command that is asked about: its arguments, the text that it reads, and how it is joined."""

    argv: tuple[str, ...]
    joined: str = ""
    """When it runs, where, and where its output goes, in words."""
    input: str | None = None


class Question(Record, frozen=True, kw_only=True, omit_defaults=True, tag="question"):
    """What a person is asked, by the gate or a tool. `remember` is the rule that an answer for longer would add.

    `text` is all of it in plain lines, long ones with what is hidden counted. The gate's questions also come in parts,
    for whoever shows them otherwise: nothing in them is escaped, see `wire.visible`.
    """

    question: str
    text: str
    choices: tuple[str, ...] = ()
    call: str = ""
    remember: str = ""
    covers: dict[str, str] = field(default_factory=dict)
    """What a choice covers, in words."""
    wider: str = ""
    """The rule for all calls of this kind, which `all-session` and `all-project` add where they are choices."""
    tool: str = ""
    reason: str = ""
    effects: tuple[str, ...] = ()
    programs: tuple[Program, ...] = ()
    """Exactly what runs, one after another or joined; none where it is `script`, in a fixed bash."""
    script: str = ""
    diff: str = ""
    """What an edit changes, as a unified diff; it may say that a file is binary or too large."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """Those that none of the above shows."""
    room: Room | None = None
    sha256: str = ""
    """Of the whole call. A yes holds only if the answer brings it back."""


class Answer(Record, frozen=True, kw_only=True, omit_defaults=True, tag="answer"):
    """What a person said, and the `sha256` of the question that they saw whole."""

    question: str
    answer: str
    by: str = ""
    sha256: str = ""
