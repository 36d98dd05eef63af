"""What can be configured, with types, defaults and units. Where the values come from is decided elsewhere."""

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

ModeName = Literal["plan", "ask", "edit", "auto", "full"]
Level = Annotated[int, Meta(ge=1, le=5)]
Count = Annotated[int, Meta(ge=1)]
Bytes = Annotated[int, Meta(ge=0, le=1 << 24)]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of `config.toml`."""


class ModelSettings(Section, frozen=True, kw_only=True):
    """`[models.NAME]`: a model under a name of the user's own."""

    provider: str = "openai"
    """Id of the plugin that reaches it."""
    model: str = ""
    """What the provider calls it; NAME if left out."""
    base_url: str = ""
    api_key_env: str = ""
    """The environment variable that holds the key; keys are never in files."""
    context: Annotated[int, Meta(ge=0)] = 0
    """Tokens that it takes, 0 when unknown."""
    headers: dict[str, str] = {}
    params: dict[str, Any] = {}
    """Passed on with each request: temperature and its like."""


class Limits(Section, frozen=True, kw_only=True):
    """`[limits]`: when a run ends by itself; None is no limit."""

    max_turns: Count | None = None
    budget_usd: Annotated[float, Meta(ge=0)] | None = None
    tokens: Count | None = None
    seconds: Annotated[float, Meta(gt=0)] | None = None


class Permissions(Section, frozen=True, kw_only=True):
    """`[permissions]`: rules, as the gate reads them. Those of all layers hold; a project's may not allow."""

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    """Folders that count like the workspace; absolute, or below `~/`."""


class PluginChoice(Section, frozen=True, kw_only=True):
    """`[plugins]`: which are left out, and where others are found beside the program's own environment."""

    disabled: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


class JournalSettings(Section, frozen=True, kw_only=True):
    """`[journal]`: bytes of a long result's ends that the model sees; the whole is kept beside the journal."""

    head_bytes: Bytes = 20_000
    tail_bytes: Bytes = 10_000


class Settings(Section, frozen=True, kw_only=True):
    """All of `config.toml`."""

    model: str = ""
    """A name in `[models]`, or PROVIDER/MODEL."""
    providers: tuple[str, ...] = ()
    """That a conversation may be sent to unasked, beside its model's own, when another model is chosen for a call."""
    mode: ModeName = "ask"
    autonomy: Level | None = None
    """A mode and rules in one number; None leaves it to `mode`. Whichever of the two a later layer sets counts."""
    models: dict[str, ModelSettings] = {}
    limits: Limits = Limits()
    permissions: Permissions = Permissions()
    plugins: PluginChoice = PluginChoice()
    plugin: dict[str, dict[str, Any]] = {}
    """`[plugin.ID]`: whatever that plugin understands."""
    journal: JournalSettings = JournalSettings()


DEFAULTS: Final = Settings(limits=Limits(max_turns=250))
