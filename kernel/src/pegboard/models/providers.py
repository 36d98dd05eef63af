"""Which plugin answers for a model's name, and what a plugin is given at its handshake: settings and its own keys."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from pegboard.config import ModelSettings, Settings
from pegboard.registry import Registry
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.methods import Setup
from pegboard_sdk.wire.records import Switched

DEFAULT_MODEL: Final = "openai/gpt-5"
"""Asked when nobody says which: with OPENAI_API_KEY alone it works."""

BASE_URL: Final = "OPENAI_BASE_URL"
"""The variable of one provider; each has its own, since a key must not go to another's server."""


class Target(Struct, frozen=True, kw_only=True):
    """Which model to ask: the instance of the plugin that provides it, and the provider's name for it."""

    plugin: str
    model: str
    name: str
    """As the user writes it."""
    params: dict[str, Any] = {}
    effort: str = ""
    """How much it is to think; empty leaves it to the provider."""
    context: int = 0
    """Tokens that it takes; 0 when unknown."""


def target_of(name: str, settings: Settings) -> Target:
    """The target for `NAME` of `[models.NAME]`, or for `provider/id`. Raises NotFound with what would be right."""
    name = name or settings.model or DEFAULT_MODEL
    own = settings.models.get(name)
    if own is not None:
        instance = f"{own.provider}@{name}" if own.base_url or own.api_key_env or own.headers else own.provider
        return Target(plugin=instance, model=own.model or name, name=name, params=own.params, context=own.context)
    provider, slash, model = name.partition("/")
    if not slash or not model:
        known = f"; configured: {', '.join(settings.models)}" if settings.models else ""
        raise NotFound(f"no model {name!r}; write PROVIDER/ID, such as {DEFAULT_MODEL}, or set [models.{name}]{known}")
    return Target(plugin=provider, model=model, name=name)


class Choosing(Struct, frozen=True, kw_only=True):
    """What a session may know of models beside the one that it begins with."""

    target_of: Callable[[str], Target] = partial(target_of, settings=Settings())
    """The model of a name; raises NotFound."""
    pinned: bool = False
    """The model was named for this run; else a resumed session keeps the one that it was switched to."""
    providers: tuple[str, ...] = ()
    """That may be asked beside the session's own without a question."""

    def begun(self, target: Target, switched: Switched) -> tuple[Target, bool]:
        """The model that a session begins with, and whether a person chose it."""
        if self.pinned or not (switched.model or switched.effort):
            return target, self.pinned
        chosen = self.target_of(switched.model) if switched.model else target
        return replace(chosen, effort=switched.effort), bool(switched.model)


def check_provider(target: Target, registry: Registry) -> None:
    """Whether there is who answers for the target. Raises StartFailed with the plugin's problem, or NotFound."""
    plugin = target.plugin.partition("@")[0]
    if plugin in registry.refused:
        registry.found(plugin)
    if plugin not in registry.plugins or not registry.manifest(plugin).model:
        known = [name for name in registry.plugins if registry.manifest(name).model]
        raise NotFound(f"no provider `{plugin}` for the model {target.name}; installed: {', '.join(known) or 'none'}")


def setup_of(
    instance: str, manifest: Manifest, settings: Settings, environ: Mapping[str, str], key: Callable[[str], str]
) -> Setup:
    """What an instance (`plugin` or `plugin@name`) is given. A key goes only to a plugin whose manifest asks for it.

    `key` gives the value of a credential, empty where there is none; what it raises goes on.
    """
    plugin, _, name = instance.partition("@")
    own = settings.models.get(name, ModelSettings()) if name else ModelSettings()
    given: dict[str, Any] = dict(settings.plugin.get(plugin, {}))
    if manifest.model:
        found_url = environ.get(f"{plugin.upper()}_BASE_URL", "") if not name else ""
        base_url = own.base_url or str(given.get("base_url", "")) or found_url
        given |= {what: value for what, value in (("base_url", base_url), ("headers", own.headers)) if value}
    found = {wanted: key(own.api_key_env or wanted) for wanted in manifest.capabilities.secrets}
    return Setup(instance=instance, settings=given, secrets={name: value for name, value in found.items() if value})


def credentials_wanted(registry: Registry, settings: Settings) -> dict[str, tuple[str, ...]]:
    """The credentials of each plugin that asks for any, and of each configured model that names its own."""
    manifests = {plugin: registry.manifest(plugin) for plugin in sorted(registry.plugins)}
    asked = {plugin: tuple(manifest.capabilities.secrets) for plugin, manifest in manifests.items()}
    own = {name: (model.api_key_env,) for name, model in settings.models.items() if model.api_key_env}
    return {name: names for name, names in (asked | own).items() if names}
