"""The calls of a front-end: it is run, and while it runs it is shown and asked. One at a time in a process."""

from typing import TYPE_CHECKING, Any, TypeVar, Union

import msgspec
from msgspec import Raw

from pegboard_sdk.errors import Busy, InvalidParams, NotFound, NotReady
from pegboard_sdk.front import Front
from pegboard_sdk.job import Job
from pegboard_sdk.plugin import BadDeclaration, Channel, Plugin
from pegboard_sdk.signature import Signature
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.fronting import CHANNEL_RUN, FRONT_SHOW, Left, RunChannel, Show
from pegboard_sdk.wire.records import Question

if TYPE_CHECKING:
    from pegboard_sdk.front_async import AsyncFront

AnyFront = Union[Front, "AsyncFront"]

T = TypeVar("T")

NOBODY = "no front-end runs here"


class Stage:
    """The front-ends of one plugin, and the one that runs. Raises BadDeclaration for a mix that cannot be served."""

    def __init__(self, plugin: Plugin) -> None:
        self.front: AnyFront | None = None
        self._channels = plugin.channels
        kinds = {Signature.is_coroutine(each.signature.function) for each in plugin.channels.values()}
        if plugin.is_async and kinds != {True}:
            raise BadDeclaration("a channel that is no coroutine function wants a plugin without coroutine functions")
        self.is_async = kinds == {True}

    def job(self, method: str, params: Raw) -> Job:
        """The job of a method of front-ends. Raises InvalidParams, NotFound, Busy and NotReady."""
        if method == CHANNEL_RUN:
            return self._begin(_decoded(RunChannel, params, method))
        if self.front is None and not self.is_async:
            raise NotReady(NOBODY)
        if method == FRONT_SHOW:
            return _TellJob(self, method, _decoded(Show, params, method))
        return _TellJob(self, method, _decoded(Question, params, method))

    def _begin(self, run: RunChannel) -> Job:
        """There is a front-end from here on: what it is to be shown may follow before its function was called."""
        channel = self._channels.get(run.channel)
        if channel is None:
            raise NotFound(f"no channel `{run.channel}` here; known: {', '.join(self._channels)}")
        if self.front is not None and self.front.is_begun:
            raise Busy("a front-end runs in this process already")
        if self.is_async:
            from pegboard_sdk.front_async import AsyncFront  # noqa: PLC0415 - only where trio runs already

            self.front = AsyncFront(run)
        else:
            self.front = Front(run)
        return _ChannelJob(self, channel, self.front)


class _ChannelJob(Job):
    """A front-end from its start to its end, on the main thread where handlers have threads."""

    is_main = True

    def __init__(self, stage: Stage, channel: Channel, front: AnyFront) -> None:
        self.subject: Channel = channel
        self.session = front.session
        self._stage = stage
        self._front = front

    def run(self, context: Any) -> object:  # noqa: ANN401 - either kind of context
        self._front.begin(context)
        if self.is_async:
            return self._run_async(context)
        try:
            return _left(self.subject.signature.call_plain((self._front,), context))
        finally:
            self._end()

    async def _run_async(self, context: object) -> object:
        try:
            return _left(await self.subject.signature.call_plain((self._front,), context))  # type: ignore[misc]
        finally:
            self._end()

    def _end(self) -> None:
        self._front.end()
        self._stage.front = None


class _TellJob(Job):
    """What happened, or a question: for the front-end that runs."""

    def __init__(self, stage: Stage, method: str, told: Show | Question) -> None:
        self.subject = method
        self._stage = stage
        self._front = stage.front
        self._told = told

    @property
    def is_async(self) -> bool:
        return self._stage.is_async

    def run(self, context: Any) -> object:  # noqa: ANN401 - either kind of context
        return self._tell_async(context) if self.is_async else self._tell(context)

    async def _tell_async(self, context: object) -> object:
        from trio.lowlevel import checkpoint  # noqa: PLC0415 - only where trio runs already

        # Tasks that begin together begin in any order; the one that runs the front-end may be a step behind this one.
        await checkpoint()
        self._front = self._stage.front
        return await self._tell(context)  # type: ignore[misc]

    def _tell(self, context: Any) -> object:  # noqa: ANN401 - either kind of context
        if self._front is None:
            raise NotReady(NOBODY)
        if isinstance(self._told, Show):
            return self._front.shown(self._told, context)
        return self._front.asked(self._told, context)


def _left(value: object) -> Left:
    """What a front-end's function returned: nothing means that the person leaves."""
    return value if isinstance(value, Left) else Left()


def _decoded(kind: type[T], params: Raw, method: str) -> T:
    try:
        return msgspec.msgpack.decode(params, type=kind)
    except BAD_BODY as error:
        raise InvalidParams(f"{method}: {error}") from None
