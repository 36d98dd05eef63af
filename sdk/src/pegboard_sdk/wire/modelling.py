"""Model calls on the wire: how the model of a call is chosen, held against a budget, priced and accounted for.

Arguments and answers of the hooks `route`, `before_model` and `after_model`, and the method model.call, by which a
plugin asks a model beside the conversation. All payloads are maps.
"""

from typing import Any, Final

from msgspec import Struct, field

from pegboard_sdk.wire.methods import Entry, Payload
from pegboard_sdk.wire.records import Message, Usage

MODEL_CALL: Final = "model.call"

TURN: Final = "turn"
"""The purpose of the conversation's own calls; every other is in the words of the plugin that asks."""

MILLION: Final = 1_000_000


class Failed(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What was tried before for the same call. `code` is the error's; `retry_ms` is set where the same may succeed."""

    model: str
    provider: str
    code: str
    message: str = ""
    retry_ms: int | None = None


class Signals(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What happened since the user's last prompt."""

    tools_run: int = 0
    tools_failed: int = 0
    """In a row, up to now."""
    denied: int = 0
    files_written: int = 0
    commands_run: int = 0
    images: int = 0
    """In the prompt, and given by tools since."""
    cut: bool = False
    """The last answer ended at its output limit."""


class Ask(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A model is about to be asked: which, unless somebody says otherwise, what for, and how things stand."""

    purpose: str = TURN
    plugin: str = ""
    """Who asks beside the conversation."""
    model: str
    """As the user writes it."""
    id: str = ""
    """What the provider calls it."""
    provider: str
    """The instance of the plugin that would answer."""
    effort: str = ""
    pinned: bool = False
    """A person chose the model for this session."""
    tier: str = ""
    """What a plugin wishes for, such as `scout`."""
    turn: int = 0
    prompt: int = 0
    """Counted from 1: which message of the user this serves."""
    signals: Signals = Signals()
    tokens: int = 0
    """That are about to be sent, about."""
    context: int = 0
    """That the model takes; 0 when unknown."""
    used: Usage = Usage()
    """Of the run so far."""
    known: dict[str, str] = field(default_factory=dict)
    """The names that the user gave to models, with what their providers call them."""
    batch: int = 0
    """Prompts of a batch job, of which `tokens` is the longest; 0 for what is answered at once."""
    failures: tuple[Failed, ...] = ()
    """Of this call, oldest first; empty when nothing was tried yet."""


class Price(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """US dollars for a million tokens. What is not given costs as input does; where `input` or `output` is not known
    there is no price at all."""

    input: float
    output: float
    cached: float | None = None
    """Of input that the provider had in its cache."""
    written: float | None = None
    """Of input that it put there."""


class Choice(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Which model is asked. What is empty stays as it was; an empty choice after a failure means: try the same again.

    Another provider than the session's is asked only with the user's consent, which the kernel sees to.
    """

    model: str = ""
    effort: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    """Over those that are configured for the model."""
    price: Price | None = None
    wait_ms: int = 0
    """Before it is asked."""
    reason: str = ""
    """In a few words, for people."""


class Planned(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A model call just before it is made. `call` names it until `Paid` says what came of it."""

    call: str
    model: str
    provider: str
    purpose: str = TURN
    plugin: str = ""
    workspace: str = ""
    tokens: int = 0
    """That are about to be sent, about."""
    most_output: int = 0
    """Tokens that the answer may have; 0 when the provider decides."""
    batch: int = 0
    """Prompts of a batch job, of which `tokens` is the sum, `most_output` that of each; 0 for what is answered at once.
    """
    price: Price | None = None
    spent: float = 0
    """Dollars of this run so far, where they are known."""
    limit: float | None = None
    """Dollars that the run may spend."""


class Paid(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A model call that is over: one for each attempt. What it took is estimated where the provider did not say."""

    planned: Planned
    usage: Usage = Usage()
    cost: float | None = None
    """None where nobody knows the price."""
    outcome: str = "ok"
    """Or the code of the error, or `CANCELLED`."""
    attempt: int = 1
    duration_ms: int = 0


class CallModel(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Ask a model beside the conversation, with these messages and nothing else. No tool is offered to it."""

    purpose: str
    messages: tuple[Entry, ...]
    system: str = ""
    model: str = ""
    """As the user writes it; empty is the session's, or whichever is chosen by `tier`."""
    tier: str = ""
    effort: str = ""
    params: dict[str, Any] = field(default_factory=dict)


class ModelAnswer(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What the model said, which one it was, and what that took."""

    message: Message
    model: str
    usage: Usage = Usage()
    cost: float | None = None


def cost_of(price: Price | None, usage: Usage) -> float | None:
    """Dollars for so many tokens; None without a price."""
    if price is None:
        return None
    cached = price.input if price.cached is None else price.cached
    written = price.input if price.written is None else price.written
    plain = max(0, usage.input - usage.cached - usage.written)
    dollars = plain * price.input + usage.cached * cached + usage.written * written + usage.output * price.output
    return dollars / MILLION
