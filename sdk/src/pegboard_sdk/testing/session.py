"""A session that a test plays, for whoever writes a front-end: it shows and asks, and keeps what the person did."""

from collections.abc import Callable

import msgspec

from pegboard_sdk.testing.board import Board
from pegboard_sdk.testing.started import Started
from pegboard_sdk.wire import fronting
from pegboard_sdk.wire.records import Answer, AnyRecord, Question


class ScriptedSession:
    """A front-end of `board` that runs. `prompts`, `lines` and the rest are what it called; what it is told back is
    set beforehand: `said` for slash commands, `completions`, and the newest of `prompts` is taken back.

    The board reads only while the test waits for something, so wait: `show` until it was taken, `until` for calls.
    """

    def __init__(self, board: Board, channel: str, *, session: str = "test", first: str = "") -> None:
        self.prompts: list[fronting.Prompted] = []
        self.lines: list[str] = []
        self.completed: list[str] = []
        self.interrupts = 0
        self.is_busy = False
        """What `interrupt` answers: whether anything ran."""
        self.said: Callable[[str], fronting.Said] = lambda line: fronting.Said(text=f"ran {line}")
        self.completions: tuple[fronting.Completion, ...] = ()
        self._board = board
        board.services |= {
            fronting.SESSION_PROMPT: self._prompt,
            fronting.SESSION_TAKE_BACK: self._take_back,
            fronting.SESSION_INTERRUPT: self._interrupt,
            fronting.SESSION_COMMAND: self._command,
            fronting.SESSION_COMPLETE: self._complete,
        }
        run = fronting.RunChannel(channel=channel, session=session, first=first)
        self.run = board.start(fronting.CHANNEL_RUN, run)

    def show(self, *records: AnyRecord, **more: object) -> None:
        """Show records; `more` are the other fields of `Show`. Returns when the front-end asks for the next."""
        self.start_show(*records, **more).result(type(None))

    def start_show(self, *records: AnyRecord, **more: object) -> Started:
        """As `show`, without waiting."""
        return self._board.start(fronting.FRONT_SHOW, fronting.Show(records=records, **more))  # type: ignore[arg-type]

    def ask(self, question: Question) -> Answer | None:
        """Ask and wait for the answer."""
        return self.start_ask(question).result(Answer | None)  # type: ignore[arg-type]

    def start_ask(self, question: Question) -> Started:
        """As `ask`, without waiting; cancel it to withdraw the question."""
        return self._board.start(fronting.FRONT_ASK, question)

    def until(self, is_there: Callable[[], bool]) -> None:
        """Read until what the front-end did made this true. Raises TimeoutError when it is silent for too long."""
        self._board.until(is_there)

    def left(self) -> fronting.Left:
        """Wait for the front-end's end."""
        return self.run.result(fronting.Left)

    # What the front-end calls.

    def _prompt(self, params: bytes) -> None:
        self.prompts.append(msgspec.msgpack.decode(params, type=fronting.Prompted))

    def _take_back(self, _params: bytes) -> fronting.TakenBack:
        return fronting.TakenBack(text=self.prompts.pop().text if self.prompts else "")

    def _interrupt(self, _params: bytes) -> bool:
        self.interrupts += 1
        return self.is_busy

    def _command(self, params: bytes) -> fronting.Said:
        self.lines.append(msgspec.msgpack.decode(params, type=fronting.Typed).line)
        return self.said(self.lines[-1])

    def _complete(self, params: bytes) -> fronting.Completions:
        self.completed.append(msgspec.msgpack.decode(params, type=fronting.Complete).text)
        return fronting.Completions(items=self.completions)
