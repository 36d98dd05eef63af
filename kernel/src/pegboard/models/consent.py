"""Whether a conversation may go to another provider than the one that the user chose: only with the user's consent."""

import itertools
from collections.abc import Collection

from pegboard.models.providers import Target
from pegboard.routing import clocks_stopped
from pegboard.session import Session
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.wire.records import Question


class Consent:
    """For one session. `own` is the provider of its model; `given` are those that the user agreed to beforehand."""

    def __init__(self, session: Session, own: str, given: Collection[str] = ()) -> None:
        self._session = session
        self._answers = dict.fromkeys(given, True)
        self._own = own
        self._numbers = itertools.count(1)

    def choose(self, own: str) -> None:
        """The user chose this provider for the session."""
        self._own = own

    async def check(self, target: Target, why: str) -> None:
        """Return when the target may be asked; whoever sits in front is asked once a session and provider.

        Raises PermissionDenied, also when nobody is there.
        """
        provider = target.plugin
        if provider == self._own or self._answers.get(provider):
            return
        if provider not in self._answers:
            self._answers[provider] = await self._asked(target, why)
        if not self._answers[provider]:
            raise PermissionDenied(
                f"{target.name} is of another provider than this session's model; to agree beforehand, "
                f'set providers = ["{provider}"] in your configuration'
            )

    async def _asked(self, target: Target, why: str) -> bool:
        question = Question(
            question=f"consent/{next(self._numbers)}",
            text=f"May this conversation go to `{target.plugin}` ({target.name})? "
            f"The session's model is of `{self._own}`{f': {why}' if why else ''}.",
            choices=("yes", "no"),
        )
        question = self._session.record(question)
        with clocks_stopped():
            answer = await self._session.audience.ask(question)
        if answer is not None:
            self._session.record(answer)
        return answer is not None and answer.answer.strip().lower() in ("y", "yes")
