"""The audience: everyone sees, and the first answer counts."""

import trio

from pegboard.fronts.audience import Audience
from pegboard_sdk.wire.records import Answer, Question


class Front:
    """Answers after `after`, or never; `said` None means that it cannot ask anyone."""

    def __init__(self, said: str | None, after: trio.Event | None = None) -> None:
        self.said, self.after = said, after
        self.seen: list[object] = []
        self.cancelled = False
        self.open = 0
        self.most = 0

    def show(self, record: object) -> None:
        self.seen.append(record)

    async def ask(self, question: Question) -> Answer | None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            if self.after is not None:
                await self.after.wait()
            await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            self.cancelled = True
            raise
        finally:
            self.open -= 1
        return None if self.said is None else Answer(question=question.question, answer=self.said)


QUESTION = Question(question="q", text="?")


async def test_the_first_answer_counts_and_the_other_questions_are_withdrawn():
    audience, slow, quick = Audience(), Front("slow", trio.Event()), Front("quick")
    audience.attach(slow)
    audience.attach(quick)
    answer = await audience.ask(QUESTION)
    assert answer is not None
    assert answer.answer == "quick"
    assert slow.cancelled


async def test_without_anyone_who_can_ask_there_is_no_answer():
    audience = Audience()
    assert await audience.ask(QUESTION) is None
    audience.attach(Front(None))
    assert await audience.ask(QUESTION) is None


async def test_questions_are_asked_one_at_a_time():
    audience, front = Audience(), Front("yes")
    audience.attach(front)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(audience.ask, QUESTION)
    assert front.most == 1


def test_who_left_sees_nothing_more():
    audience, front = Audience(), Front(None)
    audience.attach(front)
    audience.show(QUESTION)
    audience.detach(front)
    audience.show(QUESTION)
    assert front.seen == [QUESTION]
