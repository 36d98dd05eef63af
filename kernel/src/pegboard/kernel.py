"""A running kernel: one board of plugins, any number of sessions. It opens sessions; it knows no front-end."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard.agent import Agent
from pegboard.approval import Approval, KindOf
from pegboard.audit.call import Premises
from pegboard.audit.notary import Audit, Notary
from pegboard.audit.redactor import Identity, Redactor
from pegboard.board import Board
from pegboard.commands.start import Commands
from pegboard.compacting import Compacting
from pegboard.dispatch import Dispatcher, Guide
from pegboard.environment import child_environ
from pegboard.execution import Execution
from pegboard.fronts.audience import Audience
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.remembered import Remembered
from pegboard.hooks import HOOK_SECONDS, HookFailure, HookRunner
from pegboard.journal import Journal, Line
from pegboard.models.asking import Model
from pegboard.models.beside import Beside
from pegboard.models.prompt import Part, parts, system_prompt
from pegboard.models.providers import Choosing, Target, check_provider
from pegboard.places import Places, private
from pegboard.registry import Registry
from pegboard.session import Limits, Served, Session
from pegboard.sessions import Sessions, init_of
from pegboard.toolbox import Toolbox
from pegboard.transcript import Transcript
from pegboard_sdk.hookspecs import answer_of
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.manifest import ToolEntry
from pegboard_sdk.wire.methods import HOOK_PREFIX, CallHook
from pegboard_sdk.wire.records import Failure, Genesis, Init, ToolUse

PROGRAM: Final = "pegboard 0.1.0"


class Start(Struct, frozen=True, kw_only=True):
    """What a session begins with. `resume` names a session to go on with; `ephemeral` leaves nothing on disk."""

    workspace: Path
    target: Target
    policy: Policy
    tools: tuple[str, ...] = ()
    """Offer only these; empty means all that are installed."""
    plugins: tuple[str, ...] = ()
    """Offer only tools of these; empty means of all."""
    bare: bool = False
    """Offer no tool at all."""
    limits: Limits = Limits()
    resume: str = ""
    fork: bool = False
    ephemeral: bool = False
    additions: tuple[Part, ...] = ()
    guide: Guide | None = None
    """Adds what a subfolder says to the results of calls that touch it."""
    notes: tuple[str, ...] = ()
    """What people are told at the opening."""
    obeyed: dict[str, bytes] = {}
    """Files of skills that somebody trusts, for the hook `context`."""
    audit: Audit = Audit()
    roots: tuple[str, ...] = ()
    """Folders that count like the workspace."""
    offers: Callable[[ToolEntry], bool] = lambda tool: True
    """Whether a tool may be offered at all on this machine."""
    lone: bool = False
    """For one call of a tool, outside any conversation."""
    choosing: Choosing = Choosing()
    kinds: KindOf = lambda facts: ""
    """The rule for the kind of a call, offered when that was answered yes a few times."""


class Kernel:
    """Sessions over one board, which runs as long as they do."""

    def __init__(
        self,
        places: Places,
        registry: Registry,
        board: Board,
        *,
        commands: Commands | None = None,
        redactor: Callable[[], Redactor] = Identity,
    ) -> None:
        self._redactor = redactor
        self._commands = commands or Commands(os.environ)
        self._places = places
        self._registry = registry
        self._board = board

    def running(self) -> tuple[str, ...]:
        """The plugins whose processes run."""
        return tuple(one.instance for one in self._board.status() if one.pid)

    async def open(self, start: Start, audience: Audience | None = None) -> Agent:
        """A session, new or gone on with, ready for prompts, before this audience. Close the agent to release it.

        Raises SessionBusy, JournalDamaged, NotFound, StartFailed for a provider that cannot be used, and OSError as the
        disk does.
        """
        if not start.lone:
            check_provider(start.target, self._registry)
        with ExitStack() as opened:
            audit = start.audit.begun()
            journal, transcript = self._journal(start, opened, audit.genesis)
            name = "" if start.lone else journal.session
            workspace = str(start.workspace)
            session = Session(journal=journal, transcript=transcript, workspace=workspace, name=name, audience=audience)
            session.redactor = self._redactor()
            if audit.genesis.seal:
                session.notary = Notary(journal, audit, lambda said: session.fail("AUDIT", said))
            place = opened.enter_context(self._place(start, journal))
            toolbox = self._toolbox(start)
            hooks = self._hooks(session)
            remembered = Remembered(self._places.state, place)
            tier = start.audit.genesis.tier
            premises = Premises(environment=tuple(child_environ(os.environ)), tier_of=lambda _: tier)
            approval = Approval(session, place, start.policy, remembered, premises, kind_of=start.kinds)
            execution = Execution(session, self._board, self._commands)
            dispatcher = Dispatcher(session, toolbox, approval, execution, hooks, guide=start.guide)
            made = parts(session.workspace, (*await self._context(session, hooks, start.obeyed), *start.additions))
            model = self._model(start, session, hooks, made, toolbox)
            for result in transcript.repairs():
                session.record(result)
            session.opened(self._init(start, model.target, journal, toolbox))
            for problem in (*start.notes, *journal.notes, *toolbox.problems, *remembered.problems):
                session.opened(Failure(code="NOTE", message=problem))
            held = opened.pop_all()
        room = Compacting(session, model, hooks, toolbox)
        return Agent(
            session=session, model=model, dispatcher=dispatcher, room=room, limits=start.limits, held=held, parts=made
        )

    def _model(
        self, start: Start, session: Session, hooks: HookRunner, made: tuple[Part, ...], toolbox: Toolbox
    ) -> Model:
        system, specs = system_prompt(made), toolbox.specs()
        model = Model(session, self._board, hooks, start.target, choosing=start.choosing, system=system, tools=specs)
        session.call_model = Beside(session, self._board, model).call
        return model

    def _toolbox(self, start: Start) -> Toolbox:
        return Toolbox(self._registry, only=start.tools, plugins=start.plugins, bare=start.bare, offers=start.offers)

    def _place(self, start: Start, journal: Journal) -> Place:
        path = os.environ.get("PATH", "")
        return Place.open(
            start.workspace,
            str(Path.home()),
            self._places,
            program_path=path,
            outputs=journal.blobs.open,
            roots=start.roots,
        )

    def _init(self, start: Start, target: Target, journal: Journal, toolbox: Toolbox) -> Init:
        init = init_of(start.workspace, session=journal.session, program=PROGRAM, model=target.name)
        mode = start.policy.reach.name.lower()
        return msgspec.structs.replace(init, mode=mode, resumed=bool(start.resume), tools=tuple(toolbox.tools))

    def _journal(self, start: Start, opened: ExitStack, genesis: Genesis) -> tuple[Journal, Transcript]:
        state = self._places.state
        if start.ephemeral:
            state = Path(tempfile.mkdtemp(prefix="pegboard-"))
            opened.callback(shutil.rmtree, state, ignore_errors=True)
        sessions = Sessions(private(state))
        transcript = Transcript()

        def fold(line: Line) -> None:
            if line.record is not None:
                transcript.apply(line.record, line.seq)

        if not start.resume:
            journal = sessions.new(start.workspace, program=PROGRAM, model=start.target.name, genesis=genesis)
            opened.callback(journal.close)
            return journal, transcript
        name = sessions.resolve(start.resume)
        if start.fork:
            forked = sessions.fork(name, program=PROGRAM)
            forked.journal.close()
            name = forked.journal.session
        journal = sessions.open(name, program=PROGRAM, each=fold)
        opened.callback(journal.close)
        init = init_of(start.workspace, session=name, program=PROGRAM, model=start.target.name, genesis=genesis)
        init = msgspec.structs.replace(init, resumed=True)
        transcript.apply(init, journal.append(init))
        return journal, transcript

    def _hooks(self, session: Session) -> HookRunner:
        async def remote(plugin: str, hook: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
            name = HOOK_PREFIX + hook
            use = ToolUse(call=name, tool=name, arguments={}, turn=session.transcript.turn, plugin=plugin)
            params, served = pack(CallHook(arguments=arguments)), Served(session=session, use=use)
            value = await self._board.call(plugin, name, params, timeout_s=HOOK_SECONDS, serving=served)
            return answer_of(hook, value)

        def report(failure: HookFailure) -> None:
            session.fail("HOOK", f"{failure.plugin}.{failure.hook}: {failure.message}", failure.plugin)

        runner = HookRunner(remote, report)
        for plugin, found in self._registry.plugins.items():
            if found.manifest is not None and found.manifest.hook:
                runner.register(plugin, found.manifest.hook)
        return runner

    async def _context(self, session: Session, hooks: HookRunner, obeyed: dict[str, bytes]) -> tuple[Part, ...]:
        arguments = {"session": session.id, "workspace": session.workspace, "obeyed": obeyed}
        if hooks.has("session_start"):
            await hooks.notify("session_start", arguments)
        if not hooks.has("context"):
            return ()
        return tuple(Part("context", plugin, str(text)) for plugin, text in await hooks.collect("context", arguments))
