"""One session with all its parts, ready to take prompts. Wiring only; `kernel.Kernel.open` makes it."""

from contextlib import ExitStack

from msgspec import Struct

from pegboard.compacting import Compacting
from pegboard.dispatch import Dispatcher
from pegboard.fronts.audience import FrontEnd
from pegboard.fronts.waiting import Waiting
from pegboard.models.asking import Model
from pegboard.models.prompt import Part
from pegboard.session import Limits, Session
from pegboard.turn import Run
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.records import Closed, Message, Role, Text


class Agent(Struct, kw_only=True, eq=False):
    """Takes a user's messages one after another. Close it to let go of the journal and the workspace."""

    session: Session
    model: Model
    dispatcher: Dispatcher
    room: Compacting
    limits: Limits
    held: ExitStack
    failure: PegboardError | None = None
    """What ended the last run, where something went wrong."""
    parts: tuple[Part, ...] = ()
    """What the model is told before everything else, and whose each part is."""

    def attach(self, front: FrontEnd) -> None:
        """Show a front-end what happens from now on."""
        self.session.attach(front)

    async def prompt(self, said: str | Message, waiting: Waiting | None = None) -> Closed:
        """Take a message through to its end, and what `waiting` has for it meanwhile; see `turn.Run.run`."""
        if isinstance(said, str):
            said = Message(role=Role.USER, parts=(Text(text=said),), pinned="the user's request")
        run = Run(self.session, self.room, self.dispatcher, self.limits)
        closed = await run.run(said, Waiting() if waiting is None else waiting)
        self.failure = run.failure
        return closed

    def close(self) -> None:
        """Release the journal's lock and the workspace. Nothing may be running."""
        self.held.close()
