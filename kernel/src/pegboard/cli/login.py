"""`peg login` and `peg logout`: keys of providers, kept in the keyring or a file for their owner alone."""

import os
import sys
import time
from collections.abc import Iterator
from typing import Final

import click

from pegboard.cli.device import Token, device_login_of, log_in
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.installed import places_here, registry_of
from pegboard.cli.settings import load_config
from pegboard.cli.show import safe
from pegboard.models.providers import credentials_wanted, target_of
from pegboard.secrets.credentials import NAME, Credentials
from pegboard.secrets.file import Keeper
from pegboard_sdk.errors import InvalidParams, NotFound, Unauthenticated

LONGEST: Final = 8192
PROFILE: Final = "Keep a second key under this name; [models.NAME] api_key_env = KEY@PROFILE uses it."


@click.command()
@click.argument("provider", required=False)
@click.option("--status", "shows_status", is_flag=True, help="Show which keys there are and where, never the keys.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the key from standard input.")
@click.option("--file", "in_file", is_flag=True, help="Keep it in the file, not in the keyring.")
@click.option("--device", "by_device", is_flag=True, help="Confirm a code in a browser, where the provider has that.")
@click.option("--profile", default="", metavar="NAME", help=PROFILE)
@reported
def login(
    *, provider: str | None, shows_status: bool, from_stdin: bool, in_file: bool, by_device: bool, profile: str
) -> None:
    """Keep a provider's key: in the desktop's keyring where there is one, else in a file for you alone.

    PROVIDER is a plugin that asks for a key, or a model of [models] that names one; left out, it is that of the usual
    model. What is kept counts before the environment.
    """
    (wanted, usual), ours = _wanted(), Credentials(places_here().data, os.environ)
    if shows_status:
        for line in _status(wanted, ours):
            click.echo(line)
        return
    for name in _named(_chosen(provider or usual, wanted), profile):
        token = _by_device(provider or usual) if by_device else Token(_asked(name, from_stdin=from_stdin))
        keeper = _kept(ours, name, Token(_checked(token.value, name), token.until), in_file=in_file)
        click.echo(f"{name} is kept in the {keeper.value}{'' if keeper is Keeper.KEYRING else f' {ours.file.path}'}")


@click.command()
@click.argument("provider", required=False)
@click.option("--all", "everything", is_flag=True, help="Forget every key.")
@click.option("--profile", default="", metavar="NAME", help="Forget the key of this name.")
@reported
def logout(provider: str | None, everything: bool, profile: str) -> None:
    """Forget a provider's key. One in the environment stays there."""
    (wanted, usual), ours = _wanted(), Credentials(places_here().data, os.environ)
    names = tuple(ours.file.read()) if everything else _named(_chosen(provider or usual, wanted), profile)
    gone = [name for name in names if ours.drop(name)]
    for name in names:
        left = " The environment still holds one." if ours.keepers(name) else ""
        click.echo(f"{name} {'is forgotten' if name in gone else 'was not kept'}.{left}")
    if not gone and not everything:
        sys.exit(Exit.FAILURE)


def _wanted() -> tuple[dict[str, tuple[str, ...]], str]:
    """Who asks for a key, by the user's and the managed configuration, and who is meant where nobody is named.

    That is the only one, else the provider of the model that is asked without `--model`, else nobody.
    """
    places = places_here()
    config = load_config(places, os.environ)
    wanted = credentials_wanted(registry_of(places, config), config.settings)
    if len(wanted) == 1:
        return wanted, next(iter(wanted))
    try:
        target = target_of("", config.settings)
    except NotFound:
        return wanted, ""
    return wanted, next((name for name in (target.name, target.plugin.partition("@")[0]) if name in wanted), "")


def _chosen(provider: str, wanted: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    known = ", ".join(wanted) or "none"
    if not provider:
        raise NotFound(f"say which provider; these ask for a key: {known}")
    if provider not in wanted:
        raise NotFound(f"no provider `{provider}` asks for a key; these do: {known}")
    return wanted[provider]


def _named(names: tuple[str, ...], profile: str) -> tuple[str, ...]:
    full = tuple(f"{name}@{profile}" if profile else name for name in names)
    for name in full:
        if not NAME.fullmatch(name):
            raise InvalidParams(f"--profile takes letters, digits, `.`, `_` and `-`, not {profile!r}")
    return full


def _asked(name: str, *, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(LONGEST + 2).strip()
    if not sys.stdin.isatty():
        raise InvalidParams("there is no terminal to ask at; give the key with --stdin")
    value = click.prompt(name, hide_input=True, err=True)
    assert isinstance(value, str)
    return value.strip()


def _checked(value: str, name: str) -> str:
    """The key, if it may be one. Nothing of it is said in an error."""
    wrong = {
        "it is empty": not value,
        "it is shorter than 8 characters": 0 < len(value) < 8,
        f"it is longer than {LONGEST} characters": len(value) > LONGEST,
        "it holds white space or characters that are not ASCII": not all("!" <= letter <= "~" for letter in value),
        f"give the key alone, without `{name.partition('@')[0]}=`": value.startswith(f"{name.partition('@')[0]}="),
        "give the key without quotes": value[:1] in {"'", '"'},
    }
    for what, applies in wrong.items():
        if applies:
            raise InvalidParams(f"this is no key: {what}")
    return value


def _by_device(provider: str) -> Token:
    settings = load_config(places_here(), os.environ).settings.plugin.get(provider, {})

    def tell(where: str, code: str) -> None:
        click.echo(f"Open {safe(where)} and type {safe(code)}; this waits.", err=True)

    return log_in(device_login_of(settings), tell)


def _kept(ours: Credentials, name: str, token: Token, *, in_file: bool) -> Keeper:
    """Where it is now."""
    if not in_file:
        try:
            ours.put(name, token.value, Keeper.KEYRING, until=token.until)
        except Unauthenticated as error:
            click.echo(f"peg: {error.message.partition(';')[0]}, so the key goes into the file", err=True)
        else:
            return Keeper.KEYRING
    ours.put(name, token.value, Keeper.FILE, until=token.until)
    return Keeper.FILE


def _status(wanted: dict[str, tuple[str, ...]], ours: Credentials) -> Iterator[str]:
    kept = ours.file.read()
    askers: dict[str, list[str]] = {name: [] for name in kept}
    for provider, names in wanted.items():
        for name in names:
            askers.setdefault(name, []).append(provider)
    for name, providers in sorted(askers.items()):
        first, *others = [keeper.value for keeper in ours.keepers(name)] or ["no key"]
        also = f", not that of the {', '.join(others)}" if others else ""
        late = " (no longer valid; log in again)" if name in kept and 0 < kept[name].until < time.time() else ""
        yield safe(f"{name:28} {first}{also}{late}  [{', '.join(providers) or 'nobody asks for it'}]")
    if not askers:
        yield "no provider asks for a key"
