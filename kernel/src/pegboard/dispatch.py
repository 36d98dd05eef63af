"""The one choke point of tool calls: schema, hooks, gate, question, journal, call, result, in this order and no other.

Nothing here raises to the loop for what a call did wrong: the model reads it as the call's result.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from typing import Final

import msgspec
import trio

from pegboard.approval import Approval
from pegboard.ending import alone
from pegboard.execution import Execution, Grants, Prepared, Wanted
from pegboard.hooks import HookRunner
from pegboard.schema import faults, without_nulls
from pegboard.session import Served, Session
from pegboard.toolbox import Tool, Toolbox
from pegboard_sdk.errors import InvalidParams, NotFound, PegboardError, PermissionDenied
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import Family, ToolEffect
from pegboard_sdk.wire.placeholder import check_placeholders
from pegboard_sdk.wire.records import Outcome, Text, ToolCall, ToolResult, ToolUse

Guide = Callable[[Session, ToolResult, tuple[str, ...]], Awaitable[ToolResult]]
"""Gives a result with what the folders of the files, by their judged paths, have to say. Raises nothing."""

_CHANGING: Final = frozenset({ToolEffect.WRITE, ToolEffect.EXEC})


class Dispatcher:
    """Runs the tool calls of one session."""

    def __init__(
        self,
        session: Session,
        toolbox: Toolbox,
        approval: Approval,
        execution: Execution,
        hooks: HookRunner,
        *,
        guide: Guide | None = None,
    ) -> None:
        self._guide = guide
        self._session = session
        self.toolbox = toolbox
        self.approval = approval
        self._execution = execution
        self._hooks = hooks
        self.denials: list[str] = []

    async def run_all(self, calls: Sequence[ToolCall], turn: int) -> list[ToolResult]:
        """Run the calls of one message, independent ones at once; one result for each, in the order of the calls.

        A call with the id of one before it is not run, and its result says so. On cancellation each call that has no
        result yet gets one that says so, and `trio.Cancelled` goes on.
        """
        wanted = [Wanted(call.call, call.tool, call.arguments, turn) for call in calls]
        first = {call.call: call for call in reversed(wanted)}
        results: dict[str, ToolResult] = {}
        try:
            for batch in self._batches([call for call in wanted if call is first[call.call]]):
                await self._run_batch(batch, results)
        finally:
            for call in first.values():
                if call.call not in results:
                    self._finish(_result(call, Outcome.CANCELLED, "cancelled before it ran"), results)
            twins = iter([self._session.record(_twin(call)) for call in wanted if call is not first[call.call]])
        return [results[call.call] if call is first[call.call] else next(twins) for call in wanted]

    async def run_one(self, call: Wanted) -> ToolResult:
        """Run one call, such as a plugin's."""
        results: dict[str, ToolResult] = {}
        await self._run_batch([call], results)
        return results[call.call]

    def decline(self, calls: Sequence[ToolCall], turn: int, why: str) -> None:
        """Answer calls that are not to run at all."""
        for call in calls:
            self._finish(_result(Wanted(call.call, call.tool, call.arguments, turn), Outcome.CANCELLED, why), {})

    def _batches(self, calls: list[Wanted]) -> list[list[Wanted]]:
        """Neighbouring calls that only read run at once; every other runs alone, in its place."""
        batches: list[list[Wanted]] = []
        for call in calls:
            if batches and self._only_reads(call) and self._only_reads(batches[-1][-1]):
                batches[-1].append(call)
            else:
                batches.append([call])
        return batches

    def _only_reads(self, call: Wanted) -> bool:
        tool = self.toolbox.tools.get(call.tool)
        return tool is not None and set(tool.entry.effects) <= {ToolEffect.READ, ToolEffect.NET}

    async def _run_batch(self, batch: list[Wanted], results: dict[str, ToolResult]) -> None:
        with ExitStack() as held:
            ready: list[Prepared] = []
            for call in batch:
                prepared = await self._prepare(call, held)
                if isinstance(prepared, ToolResult):
                    self._finish(prepared, results)
                else:
                    ready.append(prepared)
            await self._session.settle()
            try:
                async with trio.open_nursery() as nursery:
                    for each in ready:
                        nursery.start_soon(self._execute, each, results)
            except BaseExceptionGroup as group:
                raise alone(group) from None

    async def _execute(self, prepared: Prepared, results: dict[str, ToolResult]) -> None:
        if not self._is_as_judged(prepared):
            use = msgspec.structs.replace(prepared.use, reason="the call is not the one that was judged any more")
            self._finish(self._deny(prepared.wanted, use), results)
            return
        serving = Serving(session=self._session, use=prepared.use, approval=self.approval, dispatcher=self)
        try:
            result = await self._execution.run(prepared, serving)
        except trio.Cancelled:
            note = "cancelled while it ran; what it did until then stays done"
            self._finish(_result(prepared.wanted, Outcome.CANCELLED, note), results)
            raise
        try:
            result = await self._looked_at(prepared, result)
            if self._hooks.has("after_tool"):
                result = await self._annotated(prepared.use, result)
            if self._guide is not None:
                paths = tuple(file.path for file in prepared.grants.files.values())
                result = await self._guide(self._session, result, paths)
        finally:
            # Also when the hooks are cancelled: the call has run.
            self._finish(result, results)

    def _is_as_judged(self, prepared: Prepared) -> bool:
        """The hash that was journaled, and shown where a person was asked, against what is about to run."""
        use, grants = prepared.use, prepared.grants
        files = {key: (file.path, file.device, file.inode) for key, file in grants.files.items()}
        return use.sha256 == self.approval.sha256(use, grants.plans, files)

    async def _annotated(self, use: ToolUse, result: ToolResult) -> ToolResult:
        arguments = {"session": self._session.id, "use": use, "result": result}
        notes = await self._hooks.collect("after_tool", arguments)
        added = tuple(Text(text=f"[{plugin}] {note}") for plugin, note in notes if isinstance(note, str))
        return msgspec.structs.replace(result, parts=(*result.parts, *added))

    async def _looked_at(self, prepared: Prepared, result: ToolResult) -> ToolResult:
        """With what those who watch effects say to people."""
        notes = await self._observed("after_effect", prepared.tool, {"use": prepared.use, "result": result})
        return (
            msgspec.structs.replace(result, shown="\n".join(filter(None, (result.shown, *notes)))) if notes else result
        )

    async def _observed(self, hook: str, tool: Tool, arguments: dict[str, object]) -> list[str]:
        """What is said about a call that may change something; calls outside a session have no one to undo them."""
        if not self._session.name or not self._hooks.has(hook) or not {*tool.entry.effects} & _CHANGING:
            return []
        given = {"session": self._session.id, "prompt": self._session.transcript.account.prompts, **arguments}
        return [f"{plugin}: {note}" for plugin, note in await self._hooks.collect(hook, given)]

    def _finish(self, result: ToolResult, results: dict[str, ToolResult]) -> None:
        results[result.call] = self._session.record(result)

    # From what the model wrote to what may run.

    async def _prepare(self, call: Wanted, held: ExitStack) -> Prepared | ToolResult:
        try:
            tool = self.toolbox.find(call.tool)
            use = ToolUse(
                call=call.call,
                tool=call.tool,
                arguments=_parsed(call.arguments),
                turn=call.turn,
                plugin=tool.plugin,
                parent=call.parent,
                answered_by=call.by,
            )
            use = await self._rewritten(use)
            use = msgspec.structs.replace(use, arguments=without_nulls(tool.schema, use.arguments))
            wrong = faults(tool.schema, use.arguments)
            if wrong:
                raise InvalidParams(f"the arguments of {call.tool} do not fit: {'; '.join(wrong)}")
            check_placeholders(use.arguments, edits=tool.entry.family is Family.WRITE)
            if use.decision == "deny":
                return self._deny(call, use)
            return await self._judged(call, tool, use, held)
        except PegboardError as error:
            return _result(call, Outcome.FAILED, error.message)

    async def _rewritten(self, use: ToolUse) -> ToolUse:
        if not self._hooks.has("before_tool"):
            return use
        try:
            answer = await self._hooks.chain("before_tool", "use", {"session": self._session.id, "use": use})
        except PermissionDenied as error:
            return msgspec.structs.replace(use, decision="deny", reason=error.message)
        # A hook may change what is asked for, never who asks or for which tool.
        return msgspec.structs.replace(use, arguments=answer.arguments, decision=answer.decision, reason=answer.reason)

    async def _judged(self, call: Wanted, tool: Tool, use: ToolUse, held: ExitStack) -> Prepared | ToolResult:
        facts = held.enter_context(self.approval.resolve(tool.entry, use.arguments))
        if facts.futile:
            raise NotFound(facts.futile)
        use = await self.approval.decide(use, facts)
        if use.decision != "allow":
            return self._deny(call, use)
        for said in await self._observed("before_effect", tool, {"use": use}):
            self._session.fail("NOTE", said)
        grants = Grants.of(facts, self.approval.place)
        commands = await self._execution.begin(use, grants, held)
        self._session.record(use)
        return Prepared(wanted=call, tool=tool, use=use, grants=grants, commands=commands)

    def _deny(self, call: Wanted, use: ToolUse) -> ToolResult:
        self._session.record(msgspec.structs.replace(use, decision="deny"))
        self.denials.append(f"{use.tool}: {use.reason}")
        return _result(call, Outcome.DENIED, f"Denied: {use.reason}")


class Serving(Served, frozen=True, eq=False, kw_only=True):
    """A call that the gate judged: its plugin may call tools and name files in its turn."""

    approval: Approval
    dispatcher: Dispatcher


def _parsed(arguments: str) -> JsonObject:
    """Raises InvalidParams with what is wrong with the JSON."""
    try:
        return msgspec.json.decode(arguments or "{}", type=JsonObject)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidParams(f"the arguments are not a JSON object ({error}); send the call again") from error


def _twin(call: Wanted) -> ToolResult:
    said = f"not run: an earlier call of this message has the id {call.call!r} too; send it again with one of its own"
    return _result(call, Outcome.FAILED, said)


def _result(call: Wanted, outcome: Outcome, text: str) -> ToolResult:
    return ToolResult(call=call.call, tool=call.tool, outcome=outcome, parts=(Text(text=text),), turn=call.turn)
