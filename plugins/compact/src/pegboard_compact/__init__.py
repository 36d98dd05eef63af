"""Shrinks a conversation that fills its context: what matters stays, the rest is summarised."""

from collections.abc import Sequence

from msgspec.structs import replace

from pegboard_compact.decision import decided
from pegboard_compact.settings import Level, Settings, settings_from
from pegboard_compact.summary import SYSTEM, checked, holds_all, joined, listed, source
from pegboard_sdk import CallModel, Compaction, Context, Message, PegboardError, Plugin, Role, Setup, Text, Wanted
from pegboard_sdk.wire.compacting import Turn, gone_by


class Compactor(Plugin):
    """The plugin with its settings."""

    settings: Settings


plugin = Compactor("compact")


@plugin.on_start
def start(setup: Setup) -> None:
    """Take the settings."""
    plugin.settings = settings_from(setup.settings)


@plugin.hook
def compact(wanted: Wanted, ctx: Context) -> Compaction | None:
    """Plan how the conversation shrinks. A person's focus may begin with a level."""
    settings = plugin.settings
    level, focus = _said(wanted.focus, settings.level)
    plan = decided(wanted, settings, level)
    if plan is None or not plan.summary:
        return plan
    turns = gone_by(wanted, plan)
    is_told = level is Level.HEAVY and settings.model and not holds_all(turns, settings.summary_tokens)
    text = _told(turns, focus, ctx) if is_told else ""
    if text:
        return replace(plan, summary=joined(text, turns, focus, settings.summary_tokens))
    return replace(plan, summary=listed(turns, focus, settings.summary_tokens))


def _said(focus: str, level: Level) -> tuple[Level, str]:
    """The level that a person wants, and what is to be kept above all."""
    word, _, rest = focus.partition(" ")
    named = next((one for one in Level if one.value == word.casefold()), None)
    return (named, rest.strip()) if named is not None else (level, focus)


def _told(turns: Sequence[Turn], focus: str, ctx: Context) -> str:
    """A model's summary, as far as it is believed; empty when none can be had."""
    given = source(turns, focus, plugin.settings.source_tokens)
    asked = Message(role=Role.USER, parts=(Text(text=given),))
    try:
        answer = ctx.ask_model(
            CallModel(purpose="compact", messages=(asked,), system=SYSTEM, tier=plugin.settings.tier)
        )
    except PegboardError as error:
        ctx.check()
        ctx.log("warning", f"the summary is a list, since no model wrote one: {error.message}")
        return ""
    said = "".join(part.text for part in answer.message.parts if isinstance(part, Text))
    return checked(said, given)
