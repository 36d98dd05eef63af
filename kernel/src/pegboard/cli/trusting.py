"""What a run takes from its folder: nothing unless somebody trusts it, and who may say so."""

from pathlib import Path
from typing import Final

import click
from msgspec import Struct

from pegboard.cli.context.consent import Consent
from pegboard.cli.sentence import said
from pegboard.cli.show import safe
from pegboard.config import PROJECT_FILE
from pegboard.obeyed import nested_in
from pegboard.places import Places
from pegboard.policy import Loaded, Obeyed, Standing, Trust, present

NAMED: Final = 8
"""So many of the instructions in subfolders are named in a question; all are shown by `peg trust`."""


class Taken(Struct, frozen=True):
    """What a run obeys of its folder, and what it does about instructions of subfolders that nobody decided on."""

    obeyed: Obeyed = Obeyed()
    nested: Consent = Consent.NEVER


def trust_of(places: Places, managed: Loaded) -> Trust:
    """This user's trusted folders, below what policy demands."""
    where = managed.where("trust.never") or managed.where("trust.below")
    return Trust(places.state, managed.managed.trust, where)


def project_of(workspace: Path, obeyed: Obeyed) -> tuple[Path, str] | None:
    """The configuration among what is obeyed. Raises ConfigInvalid when it is no plain text."""
    text = obeyed.text(PROJECT_FILE.as_posix())
    return None if text is None else (workspace / PROJECT_FILE, text)


def taken_from(workspace: Path, trust: Trust, *, accept: bool, person: bool) -> Taken:
    """What of the folder this run obeys. `accept` trusts it for this run; without a `person` nothing is asked.

    Raises PermissionDenied where policy forbids what was asked for, ConfigInvalid for what cannot be trusted.
    """
    if accept:
        return Taken(trust.once(workspace), Consent.GIVEN)
    view = trust.view(workspace)
    if view.standing in (Standing.EMPTY, Standing.TRUSTED):
        return Taken(view.obeyed, Consent.ASK)
    names = ", ".join(map(safe, present(workspace)))
    forbidden = trust.forbidden(workspace)
    if person and not forbidden:
        answer = _asked(workspace, view.standing, view.notes or tuple(present(workspace)))
        if answer == "yes":
            return Taken(trust.accept(workspace), Consent.ASK)
        if answer == "once":
            return Taken(trust.once(workspace), Consent.GIVEN)
    advice = forbidden or "`peg trust` trusts it, --trust accepts it for this run"
    was = "was changed since it was trusted" if view.standing is Standing.CHANGED else "is not trusted"
    click.echo(said(f"peg: this folder {was}, so {names or 'what it held'} is ignored; {advice}"), err=True)
    return Taken()


class _Begun(click.Choice[str]):
    """Takes the beginning of a choice for it, as all questions here do."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The choice that is meant."""
        meant = [str(each) for each in self.choices if each.startswith(value.strip().lower())]
        return super().convert(meant[0] if len(meant) == 1 else value, param, ctx)


def _asked(workspace: Path, standing: Standing, shown: tuple[str, ...]) -> str:
    changed = standing is Standing.CHANGED
    state = "was trusted, and has changed since" if changed else "holds what Pegboard would obey"
    click.echo(f"{safe(str(workspace))} {state}:", err=True)
    for name in shown:
        click.echo(f"  {safe(name)}", err=True)
    below = nested_in(workspace)
    for name in below[:NAMED]:
        click.echo(f"  {safe(name)}", err=True)
    if len(below) > NAMED:
        click.echo(f"  and {len(below) - NAMED} more in subfolders", err=True)
    click.echo(said("yes: trust it until it changes; once: for this run; no: work here without obeying it"), err=True)
    kinds = _Begun(["yes", "once", "no"])
    try:
        return str(click.prompt("Trust this folder", type=kinds, default="no", err=True))
    except click.Abort:
        return "no"
