"""Runs one call that was allowed: hands the plugin exactly what was judged, takes its stream and its result."""

import time
from contextlib import ExitStack
from typing import Final, Self

import msgspec
from msgspec import Struct

from pegboard.board import Board
from pegboard.commands.start import Commands, Ready
from pegboard.gate.facts import Facts
from pegboard.gate.place import Place
from pegboard.results import Collected, Taking, decode_output
from pegboard.session import Session
from pegboard.toolbox import Tool
from pegboard_sdk.errors import DeadlineExceeded, Effect, PegboardError, PluginDown
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.manifest import Access
from pegboard_sdk.wire.methods import TOOL_CALL, CallTool, FileGrant, Plan, ToolOutput
from pegboard_sdk.wire.placeholder import revealed
from pegboard_sdk.wire.records import Outcome, Room, Text, ToolResult, ToolUse

OUTPUT_WINDOW: Final = 1 << 20
WORKSPACE: Final = "workspace"
"""Under this key a command finds the folder that it starts in."""


class Wanted(Struct, frozen=True):
    """A call as it came: from the model, from a plugin that serves `parent`, or `by` a person who has decided."""

    call: str
    tool: str
    arguments: str
    turn: int
    parent: str = ""
    by: str = ""


class Grants(Struct, frozen=True):
    """What was judged: the objects that the plugin is handed, and the plans of the commands that are run for it."""

    files: dict[str, FileGrant]
    plans: dict[str, Plan]
    descriptors: tuple[int, ...]
    place: Place

    @classmethod
    def of(cls, facts: Facts, place: Place) -> Self:
        """Opened now, so that what cannot be handed over is an error before anything was done.

        A command also gets the folder that it starts in. Raises NotFound, InvalidParams, PermissionDenied.
        """
        files, descriptors = facts.files, facts.descriptors
        if facts.commands:
            root = FileGrant(slot=len(descriptors), path=place.root_path, access=Access.LIST.value)
            files, descriptors = files | {WORKSPACE: root}, (*descriptors, place.root_fd)
        return cls(files, facts.plans, descriptors, place)


class Prepared(Struct, frozen=True):
    """A call that may run."""

    wanted: Wanted
    tool: Tool
    use: ToolUse
    grants: Grants
    commands: Ready


class Execution:
    """Runs prepared calls of one session on the board."""

    def __init__(self, session: Session, board: Board, commands: Commands) -> None:
        self._session = session
        self._board = board
        self._commands = commands

    async def begin(self, use: ToolUse, grants: Grants, held: ExitStack) -> Ready:
        """The commands of a call that was allowed, on their way; none runs before `run`. They end with `held`.

        Raises PermissionDenied when there is no room for them, Busy or StartFailed when they cannot be had.
        """
        place = grants.place
        found = self._commands.ready(use.plugin, grants.plans, use.room or Room(), place.root_path, place.root_fd)
        await held.enter_context(found).start(self._board)
        return found

    async def run(self, prepared: Prepared, serving: object) -> ToolResult:
        """The call's result, whatever happens to it; only cancellation raises. Calls that the plugin makes meanwhile
        come back with `serving`."""
        started = time.monotonic()
        result = await self._attempt(prepared, serving)
        return msgspec.structs.replace(result, duration_ms=round((time.monotonic() - started) * 1000))

    async def _attempt(self, prepared: Prepared, serving: object) -> ToolResult:
        entry = prepared.tool.entry
        try:
            try:
                return await self._call(prepared, prepared.commands, serving)
            except PluginDown:
                if not entry.repeatable:
                    raise
                with ExitStack() as held:
                    again = await self.begin(prepared.use, prepared.grants, held)
                    return await self._call(prepared, again, serving)
        except DeadlineExceeded as error:
            return _failed(prepared, f"{entry.name} did not end within {entry.timeout_s:g} s.", error)
        except PegboardError as error:
            return _failed(prepared, error.message, error)

    async def _call(self, prepared: Prepared, commands: Ready, serving: object) -> ToolResult:
        use, grants = prepared.use, prepared.grants
        params = CallTool(
            tool=use.tool,
            arguments=revealed(use.arguments, self._session.redactor.of(prepared.tool.plugin).reveal),
            call=use.call,
            session=self._session.name,
            turn=self._session.transcript.account.prompts,
            files=grants.files,
            commands=commands.grants(len(grants.descriptors)),
        )
        streamed = Taking(self._session, use.call, prepared.tool.plugin)
        try:
            async with self._board.open(
                prepared.tool.plugin,
                TOOL_CALL,
                pack(params),
                window=OUTPUT_WINDOW,
                timeout_s=prepared.tool.entry.timeout_s or None,
                descriptors=(*grants.descriptors, *commands.descriptors),
                serving=serving,
            ) as call:
                commands.go()
                async for item in call.items:
                    streamed.take(item)
                output = decode_output(await call.result())
            commands.check()
            said = commands.put_right(use.call)
            if said:
                output = msgspec.structs.replace(output, note="; ".join(filter(None, (output.note, *said))))
            return _result(prepared, output, await streamed.collect(output))
        finally:
            streamed.discard()
            commands.close()
            commands.put_right(use.call)


def _result(prepared: Prepared, output: ToolOutput, collected: Collected) -> ToolResult:
    return ToolResult(
        call=prepared.use.call,
        tool=prepared.use.tool,
        turn=prepared.use.turn,
        outcome=output.outcome,
        parts=collected.parts,
        handle=collected.handle,
        note=output.note,
        origin=output.origin,
        shown=output.shown,
    )


def _failed(prepared: Prepared, message: str, error: PegboardError) -> ToolResult:
    """A failure as the model reads it; where nobody can say what was done, that is what it says."""
    unknown = error.effect is Effect.UNKNOWN and not prepared.tool.entry.repeatable
    outcome = Outcome.UNKNOWN if unknown and isinstance(error, PluginDown) else Outcome.FAILED
    text = f"{message} What it did until then is unknown: look before you repeat it." if unknown else message
    use = prepared.use
    return ToolResult(call=use.call, tool=use.tool, turn=use.turn, outcome=outcome, parts=(Text(text=text),))
