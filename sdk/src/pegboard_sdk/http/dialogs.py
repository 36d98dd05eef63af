"""The conversations that a provider holds as bytes, ready to be sent: a bounded cache, no truth."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, Generic, Protocol, TypeVar

from pegboard_sdk.errors import Conflict, InvalidParams
from pegboard_sdk.wire.methods import Entry
from pegboard_sdk.wire.records import Message, ToolCall, ToolResult

MOST: Final = 32


class BlobMissing(Exception):
    """An image came without its bytes; the message is its handle."""


class Course:
    """How far a dialog has come: `count` entries, `last` being the last of them; `made` are the ids of all calls in
    them, `open` those without a result, in their order."""

    def __init__(self) -> None:
        self.count = 0
        self.last: Entry | None = None
        self.made: set[str] = set()
        self.open: dict[str, None] = {}

    def follow(
        self, entries: Sequence[Entry], say: Callable[[Message], None], answer: Callable[[ToolResult], None]
    ) -> None:
        """Have each entry said. While a message is, calls before it that have no result are open still; while a result
        is, its call no longer is. Raises InvalidParams for a result that answers no open call."""
        for entry in entries:
            if isinstance(entry, ToolResult):
                self._check(entry)
                del self.open[entry.call]
                answer(entry)
            else:
                say(entry)
                self.open = {part.call: None for part in entry.parts if isinstance(part, ToolCall)}
                self.made.update(self.open)
            self.count += 1
            self.last = entry

    def _check(self, result: ToolResult) -> None:
        if result.call not in self.open:
            known = "a second time" if result.call in self.made else "and no such call was made"
            raise InvalidParams(f"entry {self.count}: the result of `{result.tool}` answers call {result.call} {known}")


class Dialog(Protocol):
    """One conversation, said to a server."""

    @property
    def course(self) -> Course: ...

    def extend(self, entries: Sequence[Entry], blobs: Mapping[str, bytes]) -> None:
        """Append entries. Raises InvalidParams for a result that answers no open call, BlobMissing for an image."""


D = TypeVar("D", bound=Dialog)


class Dialogs(Generic[D]):
    """The dialogs with one server."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, D] = OrderedDict()

    def grown(self, key: Hashable, entries: tuple[Entry, ...], blobs: Mapping[str, bytes], fresh: Callable[[], D]) -> D:
        """The dialog of `key`, grown to `entries`; a `fresh` one when what is held is not what they begin with.

        Raises Conflict where bytes of an image are missing, InvalidParams for a result that answers no call.
        """
        dialog = self._held.pop(key, None)
        if dialog is None or not _begins(dialog.course, entries):
            dialog = fresh()
        try:
            dialog.extend(entries[dialog.course.count :], blobs)
        except BlobMissing as error:
            raise Conflict(f"the bytes of image {error} are not held here; send the conversation whole") from error
        self._held[key] = dialog
        if len(self._held) > MOST:
            self._held.popitem(last=False)
        return dialog


def _begins(course: Course, entries: tuple[Entry, ...]) -> bool:
    """Whether a dialog was made of the first of `entries`: they are kept, so the last one is the very same object."""
    return course.count <= len(entries) and (course.count == 0 or entries[course.count - 1] is course.last)
