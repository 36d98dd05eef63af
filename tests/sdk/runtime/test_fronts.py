"""Front-ends as their authors write them, in both runtimes: shown, asked, prompting, withdrawn and ended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trio

from pegboard_sdk import (
    Answer,
    AsyncFront,
    BadDeclaration,
    CallCancelled,
    Completion,
    Front,
    Left,
    Message,
    Plugin,
    Question,
    Role,
    Said,
    Show,
    Text,
    When,
)
from pegboard_sdk.errors import Busy, NotReady, StartFailed
from pegboard_sdk.offer import Offer
from pegboard_sdk.testing import Board, ScriptedSession, connected, spawned
from pegboard_sdk.wire.fronting import CHANNEL_RUN, FRONT_SHOW, RunChannel

HELLO = Message(role=Role.ASSISTANT, parts=(Text(text="hello"),))
QUESTION = Question(question="q1", text="really?", choices=("yes", "no"), sha256="abc")


class Told:
    """What a front-end of a test was told, and what lets it go."""

    def __init__(self) -> None:
        self.shows: list[Show] = []
        self.questions: list[Question] = []
        self.withdrawn: list[str] = []
        self.events: list[object] = []
        self.thread = 0
        self.go = threading.Event()
        self.asked = threading.Event()
        self.answers = threading.Event()


def blocking(told: Told, act: Any) -> Plugin:
    plugin = Plugin("screen")

    def ask(question: Question) -> Answer:
        told.questions.append(question)
        told.asked.set()
        told.answers.wait(20)
        return Answer(question=question.question, answer="yes", sha256=question.sha256)

    @plugin.channel("screen")
    def run(front: Front) -> Left | None:
        told.thread = threading.get_ident()
        front.on_cancel(told.go.set)
        front.listen(told.shows.append, ask, lambda question: told.withdrawn.append(question.question))
        return act(front)  # type: ignore[no-any-return]

    return plugin


def coroutines(told: Told, act: Any) -> Plugin:
    plugin = Plugin("screen")

    async def show(what: Show) -> None:
        told.shows.append(what)

    async def ask(question: Question) -> Answer:
        told.questions.append(question)
        told.asked.set()
        await trio.to_thread.run_sync(told.answers.wait, 20, abandon_on_cancel=True)
        return Answer(question=question.question, answer="yes", sha256=question.sha256)

    async def withdrawn(question: Question) -> None:
        told.withdrawn.append(question.question)

    @plugin.channel("screen")
    async def run(front: AsyncFront) -> Left | None:
        front.listen(show, ask, withdrawn)
        try:
            return await act(front)  # type: ignore[no-any-return]
        finally:
            told.go.set()

    return plugin


@contextmanager
def opened(plugin: Plugin, **more: Any) -> Iterator[tuple[Board, ScriptedSession]]:
    with connected(plugin) as board:
        yield board, ScriptedSession(board, "screen", **more)


def wait(front: Front) -> None:
    while not front.cancelled:
        threading.Event().wait(0.005)


async def wait_async(_front: AsyncFront) -> None:
    await trio.sleep_forever()


BOTH = pytest.mark.parametrize(
    ("make", "waits"), [(blocking, wait), (coroutines, wait_async)], ids=["blocking", "trio"]
)


@BOTH
def test_it_is_shown_what_happens_one_after_another(make: Any, waits: Any) -> None:
    told = Told()
    with opened(make(told, waits)) as (_, session):
        for number in range(20):
            session.show(HELLO, replay=number == 0)
        assert [show.replay for show in told.shows] == [True] + [False] * 19
        assert told.shows[3].records == (HELLO,)


@BOTH
def test_a_question_is_answered_while_more_is_shown(make: Any, waits: Any) -> None:
    told = Told()
    with opened(make(told, waits)) as (_, session):
        asked = session.start_ask(QUESTION)
        session.show(HELLO)
        assert asked.end is None
        told.answers.set()
        answer = asked.result(Answer)
        assert (answer.answer, answer.sha256) == ("yes", "abc")


@BOTH
def test_a_question_that_somebody_else_answered_is_withdrawn_at_once(make: Any, waits: Any) -> None:
    told = Told()
    with opened(make(told, waits)) as (_, session):
        asked = session.start_ask(QUESTION)
        assert told.asked.wait(20)
        asked.cancel(grace_ms=100)
        with pytest.raises(CallCancelled):
            asked.result(Answer)
        assert told.withdrawn == ["q1"]
        session.show(HELLO)


def test_it_says_what_the_person_wants() -> None:
    told = Told()

    def act(front: Front) -> Left:
        front.prompt("first" + front.first)
        front.prompt("later", when=When.QUEUE)
        told.events += [front.take_back(), front.interrupt(), front.command("/cost"), front.complete("/c")]
        return Left(leave=False)

    with opened(blocking(told, act), first="!") as (_, session):
        session.is_busy = True
        session.completions = (Completion(insert="/cost", replaces=2),)
        assert session.left() == Left(leave=False)
    assert [(each.text, each.when) for each in session.prompts] == [("first!", When.STEER)]
    assert told.events == ["later", True, Said(text="ran /cost"), (Completion(insert="/cost", replaces=2),)]


def test_it_says_what_the_person_wants_as_a_coroutine() -> None:
    told = Told()

    async def act(front: AsyncFront) -> None:
        await front.prompt("first" + front.first)
        told.events += [await front.take_back(), await front.interrupt(), await front.command("/x")]
        told.events.append(await front.complete("/c"))

    with opened(coroutines(told, act), first="!") as (_, session):
        assert session.left() == Left()
    assert told.events == ["first!", False, Said(text="ran /x"), ()]


@BOTH
def test_what_is_shown_before_it_listens_waits(make: Any, waits: Any) -> None:
    """The first show follows its start at once, while it may still be importing what it draws with."""
    told = Told()
    with connected(make(told, waits)) as board:
        run = board.start(CHANNEL_RUN, RunChannel(channel="screen", session="s"))
        board.start(FRONT_SHOW, Show(records=(HELLO,))).result(type(None))
        assert [show.records for show in told.shows] == [(HELLO,)]
        with pytest.raises(Busy):
            board.start(CHANNEL_RUN, RunChannel(channel="screen", session="s")).result(Left)
        run.cancel(grace_ms=100)


@BOTH
def test_it_ends_when_it_is_cancelled_and_shows_nothing_then(make: Any, waits: Any) -> None:
    told = Told()
    with opened(make(told, waits)) as (board, session):
        session.show(HELLO)
        session.run.cancel(grace_ms=500)
        session.until(lambda: session.run.end is not None)
        assert told.go.is_set()
        with pytest.raises(NotReady):
            board.start(FRONT_SHOW, Show()).result(type(None))


def test_the_function_of_a_blocking_one_has_the_main_thread(tmp_path: Any) -> None:
    """A terminal library wants it, for its signals; so it stays free also after other calls."""
    source = """
import threading
from pegboard_sdk import Front, Plugin
plugin = Plugin("screen")

@plugin.command("slow")
def slow(text: str) -> str:
    threading.Event().wait(0.1)
    return "x"

@plugin.channel("screen")
def run(front: Front) -> None:
    front.listen(lambda show: None, lambda question: None)
    front.prompt(str(threading.current_thread() is threading.main_thread()))
"""
    (tmp_path / "screen.py").write_text(source)
    with spawned(tmp_path / "screen.py") as board:
        board.command("slow")
        session = ScriptedSession(board, "screen")
        session.left()
        assert [prompt.text for prompt in session.prompts] == ["True"]
        again = ScriptedSession(board, "screen")
        again.left()
        assert [prompt.text for prompt in again.prompts] == ["True"]


def test_a_front_end_that_raises_says_so_and_takes_no_more() -> None:
    def act(front: Front) -> None:
        raise RuntimeError("no screen")

    with opened(blocking(Told(), act)) as (_, session), pytest.raises(Exception, match="no screen"):
        session.left()


def test_a_channel_of_another_kind_than_the_rest_is_refused() -> None:
    plugin = blocking(Told(), wait)

    @plugin.command("other")
    async def other(text: str) -> str:
        return text

    with pytest.raises(BadDeclaration, match="coroutine"):
        Offer(plugin)
    with pytest.raises(StartFailed), connected(plugin):
        pass
