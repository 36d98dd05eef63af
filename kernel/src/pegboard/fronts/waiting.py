"""What people said and the agent has not heard: what goes in behind the running tool, and what waits for its end."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from pegboard_sdk.wire.fronting import When
from pegboard_sdk.wire.records import Message


class Said(Struct, frozen=True, eq=False):
    """A message on its way, and its text as it was typed. What does not `ask` goes along, and begins no run."""

    text: str
    message: Message
    asks: bool = True


class Waiting:
    """Nothing here is in the journal yet. Oldest first; what is taken back is the newest.

    `keep` is told what must not be lost with this process: what is going in, and what waits. It may refuse one more.
    """

    def __init__(self) -> None:
        self._said: list[tuple[Said, When]] = []
        self._going: list[str] = []
        self.keep: Callable[[Sequence[str], Sequence[str]], None] = lambda going, waiting: None
        self.left: list[str] = []
        """What an earlier process left so: it goes in when it is taken back and said again."""

    def __bool__(self) -> bool:
        return bool(self._said)

    def add(self, said: Said, when: When, *, kept: bool = False) -> None:
        """Behind what waits already; `kept` where that may be for long. Raises as `keep` does."""
        if kept:
            self.keep(self._going, (*self._typed(), said.text))
        self._said.append((said, when))

    def settle(self) -> None:
        """What was going in is in the journal."""
        self._going = []
        self.keep(self._going, self._typed())

    def _typed(self) -> Sequence[str]:
        return [said.text for said, _ in self._said if said.asks]

    def texts(self, when: When) -> tuple[str, ...]:
        """What waits so, as it was typed."""
        return tuple(said.text for said, its in self._said if its is when)

    @property
    def is_steering(self) -> bool:
        """Whether something waits that the running agent has to answer."""
        return any(said.asks for said, when in self._said if when is When.STEER)

    def steer(self) -> Sequence[Message]:
        """Take all that goes into the run."""
        taken = [said for said, when in self._said if when is When.STEER]
        self._said = [(said, when) for said, when in self._said if when is not When.STEER]
        self._going += [said.text for said in taken]
        return [said.message for said in taken]

    def next(self) -> Said | None:
        """Take the oldest, now that nothing runs: what was to go into a run that has ended comes first."""
        if not self._said:
            return None
        oldest = min(range(len(self._said)), key=lambda at: (self._said[at][1] is When.QUEUE, at))
        said, _ = self._said.pop(oldest)
        self._going.append(said.text)
        return said

    def take_back(self) -> str:
        """Take the newest that a person typed; empty when there is none."""
        for at in reversed(range(len(self._said))):
            if self._said[at][0].asks:
                taken = self._said.pop(at)[0].text
                self.keep(self._going, self._typed())
                return taken
        return self.left.pop() if self.left else ""
