"""What plugins may ask of the kernel. Every call names the call that it serves, and is judged as that call's session's.

The board has checked by then that the serving call is open, that the plugin's manifest lists the method, and the depth.
"""

import itertools
import os
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Final, TypeVar

import msgspec
from msgspec import Raw

from pegboard.dispatch import Serving
from pegboard.execution import Wanted
from pegboard.fronts.desk import Desk
from pegboard.routing import clocks_stopped
from pegboard.session import Served
from pegboard_sdk.errors import InvalidParams, MethodNotFound, PermissionDenied, TooLarge
from pegboard_sdk.posix import replace_file
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.manifest import Access, Family, Subject, SubjectKind, ToolEffect, ToolEntry
from pegboard_sdk.wire.methods import (
    FS_READ,
    FS_WRITE,
    TOOL_CALL,
    USER_ASK,
    AskUser,
    CallTool,
    FileBytes,
    ReadFile,
    ToolOutput,
    UserAnswer,
    WriteFile,
)
from pegboard_sdk.wire.modelling import MODEL_CALL
from pegboard_sdk.wire.records import Question

MOST_BYTES: Final = 1 << 19
"""The most that one fs.read gives or one fs.write takes."""

T = TypeVar("T")


class Services:
    """Answers plugins' calls."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._of_any: dict[str, Callable[[Served, Raw], Awaitable[Raw]]] = {
            USER_ASK: self._ask,
            MODEL_CALL: self._call_model,
        }
        self._of_judged: dict[str, Callable[[Serving, Raw], Awaitable[Raw]]] = {
            TOOL_CALL: self._call_tool,
            FS_READ: self._read,
            FS_WRITE: self._write,
        }

    async def serve(self, plugin: str, serving: object, method: str, params: Raw) -> Raw:
        """Answer one call of a plugin. Raises the error that the plugin is to get."""
        if isinstance(serving, Desk):
            return await serving.answer(method, params)
        if not isinstance(serving, Served):
            raise PermissionDenied(f"{plugin} serves no call of a session with this one")
        if method in self._of_any:
            return await self._of_any[method](serving, params)
        if method not in self._of_judged:
            known = ", ".join((*self._of_any, *self._of_judged))
            raise MethodNotFound(f"the kernel has no method {method}; it has {known}")
        if not isinstance(serving, Serving):
            raise PermissionDenied(f"{method} is for who serves a call that was judged; {serving.use.tool} is none")
        return await self._of_judged[method](serving, params)

    async def _call_model(self, serving: Served, params: Raw) -> Raw:
        if serving.session.call_model is None:
            raise PermissionDenied("no model can be asked in this session")
        return await serving.session.call_model(serving, params)

    async def _ask(self, serving: Served, params: Raw) -> Raw:
        asked = _decoded(AskUser, params)
        question = Question(
            question=f"{serving.use.call}/ask{next(self._numbers)}",
            text=asked.text,
            choices=asked.choices,
            call=serving.use.call,
            tool=serving.use.tool,
        )
        question = serving.session.record(question)
        with clocks_stopped():
            answer = await serving.session.audience.ask(question)
        if answer is None:
            if asked.default is not None:
                return pack(UserAnswer(text=asked.default))
            raise PermissionDenied("nobody is there to ask; go on without the answer, or say what you would need")
        serving.session.record(answer)
        return pack(UserAnswer(text=answer.answer or asked.default or ""))

    async def _call_tool(self, serving: Serving, params: Raw) -> Raw:
        asked = _decoded(CallTool, params)
        wanted = Wanted(
            call=f"{serving.use.call}/{next(self._numbers)}",
            tool=asked.tool,
            arguments=msgspec.json.encode(asked.arguments).decode(),
            turn=serving.use.turn,
            parent=serving.use.call,
        )
        result = await serving.dispatcher.run_one(wanted)
        return pack(ToolOutput(parts=result.parts, outcome=result.outcome, note=result.note, origin=result.origin))

    async def _read(self, serving: Serving, params: Raw) -> Raw:
        asked = _decoded(ReadFile, params)
        with ExitStack() as held:
            descriptor, _ = await self._opened(serving, asked.path, Access.READ, held)
            data = os.pread(descriptor, min(max(asked.limit, 0), MOST_BYTES), max(asked.offset, 0))
            return pack(FileBytes(data=data, size=os.fstat(descriptor).st_size))

    async def _write(self, serving: Serving, params: Raw) -> Raw:
        asked = _decoded(WriteFile, params)
        if len(asked.data) > MOST_BYTES:
            raise TooLarge(f"{len(asked.data)} bytes; fs.write takes at most {MOST_BYTES}")
        with ExitStack() as held:
            folder, name = await self._opened(serving, asked.path, Access.WRITE, held)
            replace_file(folder, name, asked.data)
        return pack(None)

    async def _opened(self, serving: Serving, path: str, access: Access, held: ExitStack) -> tuple[int, str]:
        """Judge a path as the serving call's, and give what the gate opened."""
        entry = _ENTRIES[access]
        use = msgspec.structs.replace(
            serving.use,
            call=f"{serving.use.call}/{next(self._numbers)}",
            tool=entry.name,
            arguments={"path": path},
            parent=serving.use.call,
        )
        facts = held.enter_context(serving.approval.resolve(entry, use.arguments))
        use = serving.session.record(await serving.approval.decide(use, facts))
        if use.decision != "allow":
            raise PermissionDenied(use.reason)
        await serving.session.settle()
        grant = facts.files["path"]
        return facts.descriptors[grant.slot], grant.name


def _entry(name: str, access: Access, effect: ToolEffect, family: Family) -> ToolEntry:
    subject = Subject(param="path", kind=SubjectKind.FILE, access=access)
    return ToolEntry(name=name, description="", effects=[effect], family=family, subjects=[subject])


_ENTRIES: Final = {
    Access.READ: _entry("fs_read", Access.READ, ToolEffect.READ, Family.READ),
    Access.WRITE: _entry("fs_write", Access.WRITE, ToolEffect.WRITE, Family.WRITE),
}


def _decoded(kind: type[T], params: Raw) -> T:
    try:
        return msgspec.msgpack.decode(params, type=kind)
    except BAD_BODY as error:
        raise InvalidParams(f"the parameters are not a {kind.__name__}: {error}") from error
