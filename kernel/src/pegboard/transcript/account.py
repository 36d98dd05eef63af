"""What a session's models took, and which of them a person chose last: folded from the journal's records."""

from pegboard_sdk.wire.records import AnyRecord, Message, Role, Spent, Switched, Usage


class Account:
    """Grows with each record; messages have the calls of the conversation, `Spent` has all others."""

    def __init__(self) -> None:
        self.prompts = 0
        """How many messages of the user there were, those that left included: what one of them did is undone
        together."""
        self.usage = Usage()
        """Of all model calls."""
        self.cost: float | None = None
        """Dollars, of those whose price is known."""
        self.is_counted = False
        """Whether a provider has counted what it was sent, system prompt and tools included."""
        self.cached = 0
        """Tokens of the conversation's last request that the provider had in its cache."""
        self.switched = Switched()
        """The model and the effort that a person chose last, in this session."""

    def take(self, record: AnyRecord) -> None:
        """Take a record that was journaled."""
        match record:
            case Message(role=Role.USER):
                self.prompts += 1
            case Message(usage=usage, cost=cost) if usage is not None:
                self.is_counted = self.is_counted or not (usage.estimated or not usage.input)
                self.cached = usage.cached
                self._add(usage, cost)
            case Spent(usage=usage, cost=cost):
                self._add(usage, cost)
            case Switched(model=model, effort=effort):
                before = self.switched
                self.switched = Switched(model=model or before.model, effort=effort or before.effort)
            case _:
                pass

    def _add(self, usage: Usage, cost: float | None) -> None:
        self.usage += usage
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost
