"""One session with all its parts, ready to take prompts. Wiring only; `kernel.Kernel.open` makes it."""

from contextlib import ExitStack

from pegboard.dispatch import Dispatcher
from pegboard.fronts.audience import FrontEnd
from pegboard.hooks import HookRunner
from pegboard.models.asking import Model
from pegboard.models.prompt import Part
from pegboard.session import Limits, Session
from pegboard.turn import Run
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.records import Closed


class Agent:
    """Takes a user's messages one after another. Close it to let go of the journal and the workspace."""

    def __init__(
        self,
        *,
        session: Session,
        model: Model,
        dispatcher: Dispatcher,
        hooks: HookRunner,
        limits: Limits,
        held: ExitStack,
    ) -> None:
        self.session = session
        self.dispatcher = dispatcher
        self.failure: PegboardError | None = None
        """What ended the last run, where something went wrong."""
        self.parts: tuple[Part, ...] = ()
        """What the model is told before everything else, and whose each part is."""
        self.model = model
        self._hooks = hooks
        self._limits = limits
        self._held = held

    def attach(self, front: FrontEnd) -> None:
        """Show a front-end what happens from now on."""
        self.session.attach(front)

    async def prompt(self, text: str) -> Closed:
        """Take a message through to its end; see `turn.Run.run`."""
        run = Run(self.session, self.model, self.dispatcher, self._hooks, self._limits)
        closed = await run.run(text)
        self.failure = run.failure
        return closed

    def close(self) -> None:
        """Release the journal's lock and the workspace. Nothing may be running."""
        self._held.close()
