"""Talks to OpenAI and every compatible endpoint: the plugin's parts, put together."""

from typing import TYPE_CHECKING

from pegboard_openai.provider import Provider
from pegboard_sdk import Context, ModelContext, ModelInfo, ModelReply, Plugin, StreamModel

if TYPE_CHECKING:
    from pegboard_sdk import AskBatch, BatchJob


def assembled() -> Plugin:
    """A plugin with a provider of its own."""
    plugin = Plugin("openai")
    provider = Provider()
    plugin.on_start(provider.station.start)
    plugin.on_stop(provider.station.stop)

    @plugin.model("openai")
    def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
        """Streams a chat completion."""
        return provider.stream(request, ctx)

    @plugin.models
    def models(*, ctx: Context) -> list[ModelInfo]:
        """Lists what the server offers."""
        return provider.models(ctx)

    @plugin.batches
    def batches(asked: "AskBatch", *, ctx: Context) -> "list[BatchJob]":
        """Has many prompts answered within a day."""
        return provider.batches(asked, ctx)

    @plugin.command("local", summary="Looks for model servers on this machine.")
    def local(*, ctx: Context) -> str:
        """Looks for model servers on this machine."""
        return provider.local(ctx)

    return plugin


plugin = assembled()
