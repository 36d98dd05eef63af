"""A conversation in this process over real plugin processes and a scripted model server; commands are typed into it."""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import trio
from scripted_server import ScriptedServer, Turn

from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import launch
from pegboard.cli.options import Options
from pegboard_sdk.wire.fronting import Prompted, Said
from pegboard_sdk.wire.records import Answer, AnyRecord, Commanded, Question

DEADLINE_S = 120


class Chooser:
    """A person at a front-end: answers what begins so, else leaves questions unanswered."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.questions: list[Question] = []
        self.records: list[AnyRecord] = []

    def show(self, record: AnyRecord) -> None:
        self.records.append(record)

    async def ask(self, question: Question) -> Answer | None:
        self.questions.append(question)
        if not self.answers:
            return None
        begins = self.answers.pop(0)
        said = next((choice for choice in question.choices if begins in choice), begins)
        return Answer(question=question.question, answer=said, by="chooser", sha256=question.sha256)


class Stage:
    """What a test types and sees."""

    def __init__(self, holding: Holding, server: ScriptedServer, person: Chooser) -> None:
        self.talk = holding.conversation
        self.started = holding.started
        self.server = server
        self.person = person

    async def typed(self, line: str, *answers: str) -> Said:
        """A command, with what the person answers when they are asked."""
        self.person.answers = list(answers)
        said = await self.talk.command(line)
        await self.talk.idle()
        return said

    async def ok(self, line: str, *answers: str) -> str:
        """As `typed`, for what must not fail."""
        said = await self.typed(line, *answers)
        assert not said.failed, said.text
        return said.text

    async def failed(self, line: str) -> str:
        """As `typed`, for what must."""
        said = await self.typed(line)
        assert said.failed, said.text
        return said.text

    async def prompted(self, text: str) -> None:
        """Something said, worked through to its end."""
        await self.talk.prompt(Prompted(text=text))
        await self.talk.idle()

    @property
    def session(self) -> Any:
        return self.talk.agent.session

    def commanded(self) -> list[tuple[str, str]]:
        """The commands that were journaled in this session."""
        return [(each.command, each.text) for each in self.records(Commanded)]

    def records(self, kind: type) -> list[Any]:
        return [each for each in self.person.records if isinstance(each, kind)]

    def last_said(self) -> str:
        """What the model was last told by the user."""
        return str([each for each in self.server.bodies[-1]["messages"] if each["role"] == "user"][-1]["content"])


def played(home: Any, monkeypatch: Any, act: Callable[[Stage], Awaitable[None]], *turns: Turn, **options: Any) -> None:
    """Run `act` on a stage of its own."""
    with ScriptedServer(list(turns or [Turn(text="fine")])) as server:
        home.model(server.url)
        for name in [each for each in os.environ if each.startswith(("PEGBOARD_", "OPENAI_", "XDG_"))]:
            monkeypatch.delenv(name)
        for name, value in home.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(home.workspace)

        async def action(holding: Holding) -> bool:
            person = Chooser()
            await holding.conversation.attach(person)
            with trio.fail_after(DEADLINE_S):
                await act(Stage(holding, server, person))
            return True

        assert hold(launch(Options(**options)), action)
