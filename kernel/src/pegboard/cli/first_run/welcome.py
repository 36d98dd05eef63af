"""No model is set up: looks for one, says what it found, and asks a person who is there which it shall be."""

import os
from collections.abc import Mapping, Sequence

import click

from pegboard.cli.editing import set_value
from pegboard.cli.first_run.choices import Choice, keyed, served
from pegboard.cli.first_run.failure import NoModel
from pegboard.cli.first_run.servers import KINDS, Kind, servers
from pegboard.cli.sentence import said
from pegboard.cli.show import safe
from pegboard.config import Settings
from pegboard.models.providers import BASE_URL, credentials_wanted, target_of
from pegboard.places import Places
from pegboard.registry import Registry
from pegboard.secrets.credentials import Credentials

REST = """\
Any of these will do:
  peg login             keep a provider's key (or set OPENAI_API_KEY)
  a local server        start Ollama, LM Studio, vLLM or llama.cpp, then `peg`
  another server        set OPENAI_BASE_URL to its address
  peg demo              first watch an agent at work; no key, no network"""


def model_for(
    places: Places, settings: Settings, registry: Registry, *, person: bool, kinds: Sequence[Kind] = KINDS
) -> tuple[str, ...]:
    """The settings `KEY=VALUE` that give this run a model; none where one is set up.

    Servers are looked for only for a person. Raises NoModel when they have or choose none.
    """
    keys = keys_found(places, settings, registry, os.environ)
    if _is_set_up(settings, registry, keys, os.environ):
        return ()
    ready = keyed(keys)
    if ready:
        first = ready[0]
        click.echo(f"peg: no model is set; using {first.words} (`peg config set model NAME` keeps one)", err=True)
        return first.settings
    # A script is told by the provider what it lacks; nothing is looked for behind its back.
    return _chosen(places, served(servers(kinds))) if person else ()


def keys_found(places: Places, settings: Settings, registry: Registry, environ: Mapping[str, str]) -> dict[str, str]:
    """Providers of which there is a key, with where it is: nothing of the key, and no keyring is asked."""
    ours = Credentials(places.data, environ)
    found: dict[str, str] = {}
    for provider, names in credentials_wanted(registry, settings).items():
        for name in names:
            keepers = ours.keepers(name)
            if keepers:
                found.setdefault(provider, f"{name} of the {keepers[0].value}")
    return found


def _is_set_up(settings: Settings, registry: Registry, keys: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    """Whether somebody said which model, or the default one can be asked."""
    if settings.model:
        return True
    provider = target_of("", settings).plugin
    named = settings.plugin.get(provider, {}).get("base_url") or environ.get(BASE_URL)
    return bool(named) or provider in keys or provider not in registry.plugins


def _chosen(places: Places, found: list[Choice]) -> tuple[str, ...]:
    looked = "I looked for keys in your environment and keyring, and for model servers on this machine"
    if not found:
        click.echo(said(f"No model is set up yet. {looked}, and found none."), err=True)
        click.echo(REST, err=True)
        raise NoModel("no model is set up")
    click.echo(said(f"No model is set up yet. {looked}. Found:"), err=True)
    for at, choice in enumerate(found, 1):
        click.echo(f"  {at}  {safe(choice.words)}", err=True)
    click.echo("  0  none of these", err=True)
    try:
        at = click.prompt("Which shall it be", type=click.IntRange(0, len(found)), default=1, err=True)
        if at == 0:
            click.echo(REST, err=True)
            raise NoModel("no model was chosen")
        choice = found[at - 1]
        if click.confirm(f"Use it from now on (kept in {places.user_config})", default=False, err=True):
            _keep(places, choice)
    except click.Abort:
        raise NoModel("no model was chosen") from None
    return choice.settings


def _keep(places: Places, choice: Choice) -> None:
    for setting in choice.settings:
        key, _, value = setting.partition("=")
        set_value(places.user_config, key, value)
    click.echo("Kept; `peg config set model NAME` changes it.", err=True)
