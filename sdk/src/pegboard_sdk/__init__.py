"""The author's side of Pegboard: declare tools, models, commands, hooks and front-ends, and run them over stdio.

Names are imported when they are first used, so that a start pays only for what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pegboard_sdk.command import Command as Command
    from pegboard_sdk.context import Context as Context
    from pegboard_sdk.context import FileHandle as FileHandle
    from pegboard_sdk.context import ModelContext as ModelContext
    from pegboard_sdk.contexts_async import AsyncContext as AsyncContext
    from pegboard_sdk.contexts_async import AsyncModelContext as AsyncModelContext
    from pegboard_sdk.errors import CallCancelled as CallCancelled
    from pegboard_sdk.errors import Conflict as Conflict
    from pegboard_sdk.errors import DeadlineExceeded as DeadlineExceeded
    from pegboard_sdk.errors import Effect as Effect
    from pegboard_sdk.errors import InvalidParams as InvalidParams
    from pegboard_sdk.errors import NotFound as NotFound
    from pegboard_sdk.errors import OverBudget as OverBudget
    from pegboard_sdk.errors import PegboardError as PegboardError
    from pegboard_sdk.errors import PermissionDenied as PermissionDenied
    from pegboard_sdk.errors import RateLimited as RateLimited
    from pegboard_sdk.errors import TooLarge as TooLarge
    from pegboard_sdk.errors import Unauthenticated as Unauthenticated
    from pegboard_sdk.errors import Unsupported as Unsupported
    from pegboard_sdk.errors import Upstream as Upstream
    from pegboard_sdk.front import Front as Front
    from pegboard_sdk.front_async import AsyncFront as AsyncFront
    from pegboard_sdk.plugin import BadDeclaration as BadDeclaration
    from pegboard_sdk.plugin import Plugin as Plugin
    from pegboard_sdk.plugin import ToolFailed as ToolFailed
    from pegboard_sdk.wire.batching import Answered as Answered
    from pegboard_sdk.wire.batching import AskBatch as AskBatch
    from pegboard_sdk.wire.batching import BatchJob as BatchJob
    from pegboard_sdk.wire.batching import CancelJob as CancelJob
    from pegboard_sdk.wire.batching import FetchJob as FetchJob
    from pegboard_sdk.wire.batching import JobState as JobState
    from pegboard_sdk.wire.batching import LookAtJobs as LookAtJobs
    from pegboard_sdk.wire.batching import Prompt as Prompt
    from pegboard_sdk.wire.batching import SubmitJob as SubmitJob
    from pegboard_sdk.wire.command import Cause as Cause
    from pegboard_sdk.wire.command import Report as Report
    from pegboard_sdk.wire.command import StepEnd as StepEnd
    from pegboard_sdk.wire.compacting import Called as Called
    from pegboard_sdk.wire.compacting import Compaction as Compaction
    from pegboard_sdk.wire.compacting import Kind as Kind
    from pegboard_sdk.wire.compacting import Wanted as Wanted
    from pegboard_sdk.wire.fronting import Attachment as Attachment
    from pegboard_sdk.wire.fronting import Completion as Completion
    from pegboard_sdk.wire.fronting import Form as Form
    from pegboard_sdk.wire.fronting import Left as Left
    from pegboard_sdk.wire.fronting import Said as Said
    from pegboard_sdk.wire.fronting import Show as Show
    from pegboard_sdk.wire.fronting import Status as Status
    from pegboard_sdk.wire.fronting import When as When
    from pegboard_sdk.wire.methods import Base as Base
    from pegboard_sdk.wire.methods import Entry as Entry
    from pegboard_sdk.wire.methods import FileGrant as FileGrant
    from pegboard_sdk.wire.methods import ModelInfo as ModelInfo
    from pegboard_sdk.wire.methods import ModelReply as ModelReply
    from pegboard_sdk.wire.methods import Pipeline as Pipeline
    from pegboard_sdk.wire.methods import Plan as Plan
    from pegboard_sdk.wire.methods import Setup as Setup
    from pegboard_sdk.wire.methods import Step as Step
    from pegboard_sdk.wire.methods import StreamModel as StreamModel
    from pegboard_sdk.wire.methods import ToolOutput as ToolOutput
    from pegboard_sdk.wire.methods import ToolSpec as ToolSpec
    from pegboard_sdk.wire.modelling import Ask as Ask
    from pegboard_sdk.wire.modelling import CallModel as CallModel
    from pegboard_sdk.wire.modelling import Choice as Choice
    from pegboard_sdk.wire.modelling import Failed as Failed
    from pegboard_sdk.wire.modelling import ModelAnswer as ModelAnswer
    from pegboard_sdk.wire.modelling import Paid as Paid
    from pegboard_sdk.wire.modelling import Planned as Planned
    from pegboard_sdk.wire.modelling import Price as Price
    from pegboard_sdk.wire.modelling import Signals as Signals
    from pegboard_sdk.wire.records import Answer as Answer
    from pegboard_sdk.wire.records import AnyRecord as AnyRecord
    from pegboard_sdk.wire.records import Delta as Delta
    from pegboard_sdk.wire.records import File as File
    from pegboard_sdk.wire.records import Finish as Finish
    from pegboard_sdk.wire.records import Image as Image
    from pegboard_sdk.wire.records import Message as Message
    from pegboard_sdk.wire.records import Opaque as Opaque
    from pegboard_sdk.wire.records import Outcome as Outcome
    from pegboard_sdk.wire.records import Question as Question
    from pegboard_sdk.wire.records import Reasoning as Reasoning
    from pegboard_sdk.wire.records import Role as Role
    from pegboard_sdk.wire.records import Text as Text
    from pegboard_sdk.wire.records import ToolCall as ToolCall
    from pegboard_sdk.wire.records import ToolResult as ToolResult
    from pegboard_sdk.wire.records import ToolUse as ToolUse
    from pegboard_sdk.wire.records import Usage as Usage

    Output = ToolOutput

_HOMES: Final = {
    "command": "Command",
    "context": "Context FileHandle ModelContext",
    "contexts_async": "AsyncContext AsyncModelContext",
    "errors": (
        "CallCancelled Conflict DeadlineExceeded Effect InvalidParams NotFound OverBudget PegboardError "
        "PermissionDenied RateLimited TooLarge Unauthenticated Unsupported Upstream"
    ),
    "front": "Front",
    "front_async": "AsyncFront",
    "plugin": "BadDeclaration Plugin ToolFailed",
    "wire.batching": "Answered AskBatch BatchJob CancelJob FetchJob JobState LookAtJobs Prompt SubmitJob",
    "wire.command": "Cause Report StepEnd",
    "wire.compacting": "Called Compaction Kind Wanted",
    "wire.fronting": "Attachment Completion Form Left Said Show Status When",
    "wire.methods": (
        "Base Entry FileGrant ModelInfo ModelReply Output=ToolOutput Pipeline Plan Setup Step StreamModel ToolOutput "
        "ToolSpec"
    ),
    "wire.modelling": "Ask CallModel Choice Failed ModelAnswer Paid Planned Price Signals",
    "wire.records": (
        "Answer AnyRecord Delta File Finish Image Message Opaque Outcome Question Reasoning Role Text ToolCall "
        "ToolResult ToolUse Usage"
    ),
}
"""Where each public name lives; `Name=other` where it has another name there."""

_WHERE: Final = {
    entry.partition("=")[0]: (home, entry.rpartition("=")[2])
    for home, entries in _HOMES.items()
    for entry in entries.split()
}

__all__ = sorted(_WHERE)  # pyright: ignore[reportUnsupportedDunderAll] # noqa: PLE0605


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module `pegboard_sdk` has no `{name}`")
    home, known_as = _WHERE[name]
    value = globals()[name] = getattr(import_module(f"pegboard_sdk.{home}"), known_as)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
