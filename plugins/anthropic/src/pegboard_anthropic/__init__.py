"""Talks to Claude in the words of the Messages API: the plugin's parts, put together."""

from pegboard_anthropic.provider import Provider
from pegboard_sdk import Context, ModelContext, ModelInfo, ModelReply, Plugin, StreamModel


def assembled() -> Plugin:
    """A plugin with a provider of its own."""
    plugin = Plugin("anthropic")
    provider = Provider()
    plugin.on_start(provider.station.start)
    plugin.on_stop(provider.station.stop)

    @plugin.model("anthropic")
    def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
        """Streams an answer."""
        return provider.stream(request, ctx)

    @plugin.models
    def models(*, ctx: Context) -> list[ModelInfo]:
        """Lists what the server offers."""
        return provider.models(ctx)

    return plugin


plugin = assembled()
