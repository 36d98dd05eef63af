"""A kernel with one session over real plugin processes: a model that follows steps, and a tool that obeys.

Everything is real but the model's mind and the person: `Person` keeps what it is shown and answers from a list.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from plugin_shelf import Shelf

from pegboard.agent import Agent
from pegboard.board import Board
from pegboard.cli.conversing.line import PluginLine
from pegboard.cli.mentions.reading import with_mentions
from pegboard.discovery import discover
from pegboard.fronts.conversation import Conversation
from pegboard.fronts.desk import Desk as FrontDesk
from pegboard.fronts.remote import Remote
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode, Verdict
from pegboard.journal import read
from pegboard.kernel import Kernel, Start
from pegboard.models.providers import Target
from pegboard.registry import Registry
from pegboard.services import Services
from pegboard_sdk.wire.fronting import Completions, Left, RunChannel, Said
from pegboard_sdk.wire.methods import Setup
from pegboard_sdk.wire.records import Answer, AnyRecord, Question, Text, ToolResult

DEADLINE_S = 60.0
STEPS = (Path(__file__).parent / "stepping.py").read_text()
WORKER = (Path(__file__).parent / "working.py").read_text()

MODEL_MANIFEST = """
schema = 1
id = "stepping"
version = "1"
[[model]]
name = "stepping"
"""
TOOL_ENTRY = """
[[tool]]
name = "{name}"
description = "Does what it is told."
effects = [{effects}]
repeatable = {repeatable}
timeout_s = {timeout_s}
input = "told.json"
"""
TOLD = {
    "type": "object",
    "properties": {"do": {"type": "string"}, "arg": {"type": "string"}},
    "required": ["do"],
    "additionalProperties": False,
}

SESSION = ("session.prompt", "session.take_back", "session.interrupt", "session.command", "session.complete")


def calling(*calls: tuple[str, Any], **more: Any) -> dict[str, Any]:
    """A step in which the model wants tools run: (tool, arguments) or (tool, the arguments' text)."""
    return {"calls": [[tool, args if isinstance(args, str) else json.dumps(args)] for tool, args in calls], **more}


def saying(text: str, **more: Any) -> dict[str, Any]:
    """A step in which the model speaks."""
    return {"deltas": [text], "text": text, **more}


async def until(holds: Callable[[], object]) -> None:
    """Return once this is true; the test's deadline is the desk's."""
    while not holds():  # noqa: ASYNC110 - what is waited for is in other processes
        await trio.sleep(0.005)


class Person:
    """A front-end that keeps every record and answers from a list; without an answer left nobody is there."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.records: list[AnyRecord] = []
        self.questions: list[Question] = []
        self.seen = trio.Event()
        self.awaited: type[AnyRecord] | None = None

    def show(self, record: AnyRecord) -> None:
        self.records.append(record)
        if self.awaited is not None and isinstance(record, self.awaited):
            self.seen.set()

    async def ask(self, question: Question) -> Answer | None:
        self.questions.append(question)
        if not self.answers:
            return None
        said = self.answers.pop(0)
        return Answer(question=question.question, answer=said, by="person", sha256=question.sha256)

    def of(self, kind: type) -> list[Any]:
        """The records of a kind, in order."""
        return [record for record in self.records if isinstance(record, kind)]

    def texts(self) -> list[str]:
        """What the model was told by each call, in order of the results."""
        return [text_of(result) for result in self.of(ToolResult)]


def text_of(result: ToolResult) -> str:
    return "".join(part.text for part in result.parts if isinstance(part, Text))


class Desk(Shelf):
    """`add_tools` and `script`, then `async with desk.agent(...) as (agent, person)`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self.board_now: Board
        self.fronts: dict[str, dict[str, Any]] = {}
        self._package("stepping", STEPS, MODEL_MANIFEST)
        self.add_tools("worker", uses=("user.ask", "model.call", "tool.call", "fs.read", "fs.write"))

    def add_provider(self, name: str) -> None:
        """Another provider that takes its steps from the same script."""
        self._package(name, STEPS, MODEL_MANIFEST.replace("stepping", name))

    def _package(self, name: str, code: str, manifest: str) -> None:
        self.add(name, code)
        package = self.site / name
        (package / "pegboard.toml").write_text(manifest)
        (package / "told.json").write_text(json.dumps(TOLD))

    def add_tools(self, name: str, *, uses: tuple[str, ...] = (), timeout_s: float = 0, hooks: str = "") -> None:
        """A plugin with `NAME_look` (reads, repeatable) and `NAME_change` (writes)."""
        entries = [
            TOOL_ENTRY.format(name=f"{name}_look", effects='"read"', repeatable="true", timeout_s=timeout_s),
            TOOL_ENTRY.format(name=f"{name}_change", effects='"write"', repeatable="false", timeout_s=timeout_s),
        ]
        head = f'schema = 1\nid = "{name}"\nversion = "1"\nuses = {json.dumps(list(uses))}\n'
        self._package(name, WORKER, head + "".join(entries) + hooks)

    def add_hooks(self, name: str, code: str, *hooks: tuple[str, str], uses: tuple[str, ...] = ()) -> None:
        """A plugin with hooks: (name, kind)."""
        head = f"uses = {json.dumps(list(uses))}\n"
        entries = "".join(f'[[hook]]\nname = "{hook}"\nkind = "{kind}"\n' for hook, kind in hooks)
        self._package(name, code, f'schema = 1\nid = "{name}"\nversion = "1"\n{head}{entries}')

    def add_front(
        self, name: str, *script: Any, answers: tuple[str, ...] = (), uses: tuple[str, ...] = SESSION
    ) -> None:
        """A front-end that follows a script; see `pegboard_sdk.testing.front_end`."""
        head = f'schema = 1\nid = "{name}"\nversion = "1"\nuses = {json.dumps(list(uses))}\n'
        code = f'from pegboard_sdk.testing.front_end import ScriptedFront\nplugin = ScriptedFront("{name}")\n'
        self._package(name, code, f'{head}[[channel]]\nname = "{name}"\n')
        self.fronts[name] = {"script": script, "answers": answers, "log": str(self.folder / f"{name}.jsonl")}

    def happened(self, front: str) -> list[dict[str, Any]]:
        """What a scripted front-end wrote down."""
        return [json.loads(line) for line in (self.folder / f"{front}.jsonl").read_text().splitlines()]

    def shown(self, front: str, *kinds: str) -> list[dict[str, Any]]:
        """The records that a scripted front-end was shown, of these types."""
        shows = [event["show"] for event in self.happened(front) if "show" in event]
        records = [record for show in shows for record in show.get("records", ())]
        return [record for record in records if not kinds or record["type"] in kinds]

    def _setup(self, instance: str, _manifest: object) -> Setup:
        more = self.fronts.get(instance, {})
        return Setup(settings={"folder": str(self.folder), "state": str(self.places.state), **more})

    @asynccontextmanager
    async def conversation(self, *, allow: tuple[str, ...] = (), **start: Any) -> AsyncIterator[Conversation]:
        """A conversation without front-ends; `run_front` adds them."""

        async def run(conversation: Conversation, line: str) -> Said:
            return Said(text=f"ran {line}")

        async def suggest(conversation: Conversation, text: str) -> Completions:
            return Completions()

        begin = self._start(allow=allow, **start)
        async with self.board(on_call=Services().serve, setup_of=self._setup) as board:
            self.board_now = board
            kernel = Kernel(self.places, self.registry(), board)
            made = Conversation(kernel, begin, run=run, suggest=suggest, mention=with_mentions)
            with trio.fail_after(DEADLINE_S):
                async with made.held():
                    yield made

    async def run_front(self, conversation: Conversation, name: str, first: str = "") -> Left:
        """Run a scripted front-end to its end."""
        line = PluginLine(self.board_now, name, FrontDesk(conversation))
        remote = Remote(line, conversation.status, conversation.renew)
        await conversation.attach(remote)
        try:
            return await remote.run(RunChannel(channel=name, session=conversation.agent.session.id, first=first))
        finally:
            conversation.detach(remote)

    def script(self, *steps: dict[str, Any]) -> None:
        """What the model does in its next answers; the last step repeats."""
        (self.folder / "steps.json").write_text(json.dumps(steps))
        (self.folder / "served").write_text("0")

    def requests(self) -> list[dict[str, Any]]:
        """What the provider was sent, also what it refused."""
        return [json.loads(line) for line in (self.folder / "requests.jsonl").read_text().splitlines()]

    def entries(self, number: int) -> list[dict[str, Any]]:
        """The whole conversation as the provider had it at its answer `number`, from 0."""
        found: list[dict[str, Any]] = json.loads((self.folder / f"entries-{number}.json").read_text())
        return found

    def journal(self, agent: Agent) -> list[Any]:
        """The records on disk."""
        return [line.record for line in read(agent.session.journal.folder)]

    def registry(self) -> Registry:
        """With the plugins that ship, unless a test has its own of that name, but nobody who takes part in every call
        or starts at once: here a test says what is asked, and settings are those of its own plugins."""
        found = discover([self.environment()], folders=[self.folders])
        return Registry(one for one in found if one.id not in {"router", "undo", "skills", "compact"})

    @asynccontextmanager
    async def agent(
        self,
        *answers: str,
        allow: tuple[str, ...] = (),
        deny: tuple[str, ...] = (),
        mode: Mode = Mode.ASK,
        **start: Any,
    ) -> AsyncIterator[tuple[Agent, Person]]:
        """A session with a person who gives these answers."""
        begin = self._start(allow=allow, deny=deny, mode=mode, **start)
        async with self.board(on_call=Services().serve, setup_of=self._setup) as board:
            self.board_now = board
            agent = await Kernel(self.places, self.registry(), board).open(begin)
            try:
                person = Person(*answers)
                agent.attach(person)
                with trio.fail_after(DEADLINE_S):
                    yield agent, person
            finally:
                agent.close()

    def _start(
        self, *, allow: tuple[str, ...] = (), deny: tuple[str, ...] = (), mode: Mode = Mode.ASK, **start: Any
    ) -> Start:
        rules = [Rule.parse(text, Verdict.ALLOW, "test") for text in allow]
        rules += [Rule.parse(text, Verdict.DENY, "test") for text in deny]
        return Start(
            workspace=self.workspace,
            target=start.pop("target", Target(plugin="stepping", model="one", name="stepping/one")),
            policy=Policy(rules=tuple(rules), mode=mode),
            **start,
        )

    def pid(self, plugin: str) -> int:
        """Of the plugin's process."""
        return next(one.pid for one in self.board_now.status() if one.instance == plugin)
