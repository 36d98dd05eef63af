"""What a slash command works with: the conversation in which it was typed, and what the program was started with."""

from enum import Enum
from typing import Protocol

from msgspec import Struct

from pegboard.agent import Agent
from pegboard.board import Board
from pegboard.cli.launch import Launch
from pegboard.fronts.audience import Audience
from pegboard.fronts.orders import BY
from pegboard.fronts.waiting import Waiting
from pegboard.kernel import Start
from pegboard.session import Session
from pegboard_sdk.wire.fronting import Prompted, Status


class Talk(Protocol):
    """What commands may do to a conversation: what any front-end may, and to hold another session instead."""

    agent: Agent
    start: Start
    audience: Audience
    waiting: Waiting

    @property
    def busy(self) -> bool:
        """Whether something runs, or waits to."""

    async def prompt(self, said: Prompted, *, by: str = BY) -> None:
        """Take what was said; without `by` no person ordered what stands in it."""

    async def redraw(self) -> None:
        """All front-ends begin anew."""

    def status(self) -> Status:
        """How the session stands."""

    def set_mode(self, mode: str) -> None:
        """Let this pass without a question."""

    def set_model(self, name: str, effort: str = "") -> None:
        """Ask this model from the next turn on."""

    async def switch(self, start: Start, *, reason: str = "") -> None:
        """Hold another session instead."""


class Ground(Struct, frozen=True):
    """What the program was started with, and its plugins' processes."""

    started: Launch
    board: Board


class Kind(Enum):
    """What a command is for, as `/help` orders them."""

    SESSION = "the conversation"
    MODEL = "model and rights"
    PROJECT = "the project"
    PROGRAM = "the program"


class Row(Struct, frozen=True):
    """A command as `/help` shows it; `kind` is None for those that are not ours, and `source` says whose they are."""

    name: str
    about: str
    kind: Kind | None = None
    aliases: tuple[str, ...] = ()
    arguments: str = ""
    source: str = ""


class Scene(Struct, frozen=True):
    """One typed command's surroundings; `rows` are all commands that there are."""

    ground: Ground
    talk: Talk
    rows: tuple[Row, ...] = ()

    @property
    def session(self) -> Session:
        """The session that is being held."""
        return self.talk.agent.session

    @property
    def started(self) -> Launch:
        """What the program was started with."""
        return self.ground.started
