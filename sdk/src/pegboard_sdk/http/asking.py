"""One question to a server, asked again while that may help, in the words that people are told of it."""

from collections.abc import Callable
from typing import TypeVar

from pegboard_sdk.context import Context
from pegboard_sdk.errors import CallCancelled, PegboardError
from pegboard_sdk.http.endpoint import Endpoint
from pegboard_sdk.http.lifeline import Lifeline
from pegboard_sdk.http.patience import Patience

T = TypeVar("T")


def persist(ask: Callable[[], T], endpoint: Endpoint, life: Lifeline, ctx: Context) -> T:
    """What `ask` gives, however often it takes. `ask` raises with `retry_ms` only before it has told anything.

    Raises what the last try raised, CallCancelled or DeadlineExceeded at once when `life` was cut.
    """
    patience = Patience(life.is_cut, lambda: ctx.remaining_s)
    while True:
        try:
            life.check()
            return ask()
        except CallCancelled:
            ctx.check()  # which knows whether it was a cancel or the deadline
            raise
        except PegboardError as error:
            pause = patience.next_pause_s(error)
            if pause is None:
                raise
            ctx.log("warning", f"{endpoint.hidden(error.message)}; trying again in {pause:.1f} s")
            patience.wait(pause)
