"""Shrinks a conversation that fills its context: what matters stays, the rest is summarised."""

from collections.abc import Sequence

from msgspec.structs import replace

from pegboard_compact.decision import decided, gone
from pegboard_compact.settings import Settings, settings_from
from pegboard_compact.summary import SYSTEM, checked, fitted, listed, source
from pegboard_sdk import CallModel, Compaction, Context, Message, PegboardError, Plugin, Role, Setup, Text, Wanted
from pegboard_sdk.wire.compacting import Turn


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
    """Plan how the conversation shrinks."""
    plan = decided(wanted, plugin.settings)
    if plan is None or not plan.summary:
        return plan
    turns = gone(wanted, plan)
    text = _told(turns, wanted.focus, ctx) if plugin.settings.model else ""
    return replace(plan, summary=text or listed(turns, wanted.focus, plugin.settings.summary_tokens))


def _told(turns: Sequence[Turn], focus: str, ctx: Context) -> str:
    """A model's summary, as far as it is believed; empty when none can be had."""
    given = source(turns, focus)
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
    return fitted(checked(said, given), plugin.settings.summary_tokens)
