"""The calls that a blocking plugin made of the kernel and waits for. Each serves a call of the kernel's."""

import _thread
from collections.abc import Callable

from msgspec import Raw

from pegboard_sdk.errors import CallCancelled
from pegboard_sdk.runtime.crew import Waiter
from pegboard_sdk.runtime.serving import Serving
from pegboard_sdk.wire.faults import error_in
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.messages import Call, Cancel, Error, Result


class Answer(Waiter):
    """One call of ours, and the frame that ended it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.id = number
        self.frame: Result | Error | None = None


class Asked:
    """Every call that is not answered yet, by id."""

    def __init__(self) -> None:
        self._open: dict[int, Answer | None] = {}
        self._last = -1
        self._lock = _thread.allocate_lock()

    def ask(self, serving: Serving, method: str, params: Raw, send: Callable[[bytes], None]) -> Answer:
        """Make a call. A person may be asked meanwhile, so the clock of the call that it serves stands still.

        We cannot know for how long one is; the kernel can, and ends the call that is served in time.
        """
        serving.stop_clock()
        with self._lock:  # ids must reach the wire in their order
            self._last += 2
            answer = self._open[self._last] = Answer(self._last)
            send(encode(Call(self._last, method, params, 0, serving.id)))
        return answer

    def answer(self, answer: Answer, serving: Serving, send: Callable[[bytes], None]) -> Raw:
        """What the answered call gave.

        Raises the error that it ended with; without an answer (the call that it serves was cancelled) it is cancelled
        too, and why is raised.
        """
        serving.start_clock()
        frame = answer.frame
        if frame is None:
            if answer.id in self._open:
                self._open[answer.id] = None
                send(encode(Cancel(answer.id, "parent")))
            serving.check()
            raise CallCancelled("the connection ended")
        if isinstance(frame, Error):
            raise error_in(frame)
        return frame.value

    def settle(self, number: int, frame: Result | Error) -> bool:
        """An answer came; False when nothing of this id was ever asked."""
        answer = self._open.pop(number, None)
        if answer is not None:
            answer.frame = frame
            answer.set()
        return 0 < number <= self._last and number % 2 == 1
