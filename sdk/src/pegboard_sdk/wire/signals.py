"""How a session stands since the user's last prompt, folded from its records for whoever chooses models."""

import msgspec

from pegboard_sdk.wire.modelling import Signals
from pegboard_sdk.wire.records import AnyRecord, Finish, Image, Message, Outcome, Role, ToolResult, ToolUse


class Fold:
    """Takes each record as it is made; `signals` says how things stand."""

    def __init__(self) -> None:
        self.signals = Signals()

    def __call__(self, record: AnyRecord) -> None:
        match record:
            case Message(role=Role.USER):
                self.signals = Signals(images=_images(record))
            case Message():
                self._add(cut=record.finish is Finish.LENGTH)
            case ToolUse(decision="allow"):
                written, run = "write" in record.effects, "exec" in record.effects
                self._add(
                    files_written=self.signals.files_written + (written and not run),
                    commands_run=self.signals.commands_run + run,
                )
            case ToolResult():
                self._ended(record)
            case _:
                pass

    def _ended(self, result: ToolResult) -> None:
        failed = result.outcome in (Outcome.FAILED, Outcome.UNKNOWN)
        kept = self.signals.tools_failed if result.outcome is not Outcome.OK else 0
        self._add(
            tools_run=self.signals.tools_run + 1,
            tools_failed=kept + failed,
            denied=self.signals.denied + (result.outcome is Outcome.DENIED),
            images=self.signals.images + _images(result),
        )

    def _add(self, **changed: int) -> None:
        self.signals = msgspec.structs.replace(self.signals, **changed)


def _images(entry: Message | ToolResult) -> int:
    return sum(isinstance(part, Image) for part in entry.parts)
