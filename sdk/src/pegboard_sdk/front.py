"""A front-end as its author sees it: shown what happens in a session, asked, and saying what a person wants.

The twin for coroutines is `pegboard_sdk.front_async`. Methods may be called from any thread while the front-end runs.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any, TypeVar

import msgspec

from pegboard_sdk.context import Context, decoded
from pegboard_sdk.errors import NotReady
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.fronting import (
    SESSION_COMMAND,
    SESSION_COMPLETE,
    SESSION_INTERRUPT,
    SESSION_PROMPT,
    SESSION_TAKE_BACK,
    Attachment,
    Complete,
    Completion,
    Completions,
    Prompted,
    RunChannel,
    Said,
    Show,
    TakenBack,
    Typed,
    When,
)
from pegboard_sdk.wire.methods import Payload
from pegboard_sdk.wire.records import Answer, Question

T = TypeVar("T")


def _withdrawn(_question: Question) -> None:
    """Nothing is to be done."""


class Listener(msgspec.Struct, frozen=True):
    """The functions of an author that are called while a front-end runs; coroutine functions for an `AsyncFront`."""

    show: Callable[[Show], Any]
    ask: Callable[[Question], Any]
    withdrawn: Callable[[Question], Any] = _withdrawn


class Front:
    """Handed to the function of a `channel`, which has the main thread to itself: the front-end ends when it returns.

    Raises CallCancelled, from each method, once the front-end is to end.
    """

    _context: Context

    def __init__(self, run: RunChannel) -> None:
        self._run = run
        self.is_begun = False
        self._listener: Listener | None = None
        self._waiting: list[Event] = []
        self._ended = False

    @property
    def session(self) -> str:
        """The session's id when the front-end began; later ones come with `Show.status`."""
        return self._run.session

    @property
    def first(self) -> str:
        """A prompt typed on the command line: the front-end sends it when it is ready."""
        return self._run.first

    @property
    def settings(self) -> dict[str, Any]:
        """Of this plugin, from the user's configuration."""
        return self._context.setup.settings

    @property
    def workspace(self) -> str:
        """The folder of the session, for display."""
        return self._context.setup.workspace

    @property
    def data_dir(self) -> str:
        """The folder that belongs to this plugin."""
        return self._context.data_dir

    @property
    def cancelled(self) -> bool:
        """Whether the front-end is to end: the session is over, or the kernel gone."""
        return self._context.cancelled

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call this when the front-end is to end, from another thread; what has not ended soon after is killed."""
        self._context.on_cancel(callback)

    def log(self, level: str, msg: str) -> None:
        """A line for the log: error, warning, info or debug."""
        self._context.log(level, msg)

    def listen(
        self,
        show: Callable[[Show], None],
        ask: Callable[[Question], Answer | None],
        withdrawn: Callable[[Question], None] = _withdrawn,
    ) -> None:
        """Be told from now on, in threads of the SDK's.

        show: gets what happened, one `Show` at a time; the next comes when it returns, so it sets the pace.
        ask: gets a question, and returns the answer, or None where nobody can answer. It may take its time.
        withdrawn: somebody else answered, or the call ended: take the question away. What `ask` returns is not wanted.
        """
        self._listener = Listener(show, ask, withdrawn)
        self._wake()

    def prompt(self, text: str, *, when: When = When.STEER, attachments: tuple[Attachment, ...] = ()) -> None:
        """Say what the person said; returns when it is taken, not when it is worked through. See `Prompted`."""
        self._request(SESSION_PROMPT, Prompted(text=text, when=when, attachments=tuple(attachments)), None)

    def take_back(self) -> str:
        """The newest prompt that had not gone in yet, which now will not; empty when there is none."""
        return self._request(SESSION_TAKE_BACK, None, TakenBack).text

    def interrupt(self) -> bool:
        """Stop what runs; whether anything did."""
        return self._request(SESSION_INTERRUPT, None, bool)

    def command(self, line: str) -> Said:
        """Run a slash command as it was typed. It may ask by `ask` before this returns."""
        return self._request(SESSION_COMMAND, Typed(line=line), Said)

    def complete(self, text: str, limit: int = 50) -> tuple[Completion, ...]:
        """What could stand at the end of `text`, the best first."""
        return self._request(SESSION_COMPLETE, Complete(text=text, limit=limit), Completions).items

    def _request(self, method: str, params: Payload | None, kind: type[T] | None) -> T:
        answer = self._context._serving.request(method, pack(params))
        return decoded(answer, kind) if kind is not None else None  # type: ignore[return-value]

    # For the runtime.

    def begin(self, context: Context) -> None:
        """The author's function is about to be called."""
        self._context = context
        self.is_begun = True

    def shown(self, show: Show, context: Context) -> None:
        """Hand over what happened, once somebody listens."""
        self._listening(context).show(show)

    def asked(self, question: Question, context: Context) -> Answer | None:
        """The author's answer. Withdrawn, this ends at once, however long the author's function takes."""
        listener, done = self._listening(context), Event()
        answers: list[Answer | None] = []
        faults: list[BaseException] = []

        def work() -> None:
            try:
                answers.append(listener.ask(question))
            except BaseException as fault:  # noqa: BLE001 - raised again below, in the thread of the call
                faults.append(fault)
            done.set()

        context.on_cancel(done.set)
        Thread(target=work, daemon=True, name="ask").start()
        done.wait()
        if context.cancelled:
            listener.withdrawn(question)
            context.check()
        if faults:
            raise faults[0]
        return answers[0]

    def end(self) -> None:
        """The author's function returned: nobody listens any more."""
        self._ended = True
        self._wake()

    def _listening(self, context: Context) -> Listener:
        woken = Event()
        self._waiting.append(woken)
        context.on_cancel(woken.set)
        if self._listener is None and not self._ended:
            woken.wait()
        self._waiting.remove(woken)
        context.check()
        if self._listener is None or self._ended:
            raise NotReady("the front-end has ended")
        return self._listener

    def _wake(self) -> None:
        for woken in list(self._waiting):
            woken.set()
