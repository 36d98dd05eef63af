"""What people said and the agent has not heard: what goes in behind the running tool, and what waits for its end."""

from collections.abc import Sequence

from msgspec import Struct

from pegboard_sdk.wire.fronting import When
from pegboard_sdk.wire.records import Message


class Said(Struct, frozen=True, eq=False):
    """A message on its way, and its text as it was typed. What does not `ask` goes along, and begins no run."""

    text: str
    message: Message
    asks: bool = True


class Waiting:
    """Nothing here is in the journal yet. Oldest first; what is taken back is the newest."""

    def __init__(self) -> None:
        self._said: list[tuple[Said, When]] = []

    def __bool__(self) -> bool:
        return bool(self._said)

    def add(self, said: Said, when: When) -> None:
        """Behind what waits already."""
        self._said.append((said, when))

    def texts(self, when: When) -> tuple[str, ...]:
        """What waits so, as it was typed."""
        return tuple(said.text for said, its in self._said if its is when)

    @property
    def is_steering(self) -> bool:
        """Whether something waits that the running agent has to answer."""
        return any(said.asks for said, when in self._said if when is When.STEER)

    def steer(self) -> Sequence[Message]:
        """Take all that goes into the run."""
        taken = [said.message for said, when in self._said if when is When.STEER]
        self._said = [(said, when) for said, when in self._said if when is not When.STEER]
        return taken

    def next(self) -> Said | None:
        """Take the oldest, now that nothing runs: what was to go into a run that has ended comes first."""
        if not self._said:
            return None
        oldest = min(range(len(self._said)), key=lambda at: (self._said[at][1] is When.QUEUE, at))
        return self._said.pop(oldest)[0]

    def take_back(self) -> str:
        """Take the newest that a person typed; empty when there is none."""
        for at in reversed(range(len(self._said))):
            if self._said[at][0].asks:
                return self._said.pop(at)[0].text
        return ""
