"""What a run takes from its folder: nothing unless somebody trusts it, and who may say so."""

from pathlib import Path

import click

from pegboard.cli.show import safe
from pegboard.config import PROJECT_FILE
from pegboard.places import Places
from pegboard.policy import Loaded, Obeyed, Standing, Trust, present


def trust_of(places: Places, managed: Loaded) -> Trust:
    """This user's trusted folders, below what policy demands."""
    where = managed.where("trust.never") or managed.where("trust.below")
    return Trust(places.state, managed.managed.trust, where)


def project_of(workspace: Path, obeyed: Obeyed) -> tuple[Path, str] | None:
    """The configuration among what is obeyed. Raises ConfigInvalid when it is no plain text."""
    text = obeyed.text(PROJECT_FILE.as_posix())
    return None if text is None else (workspace / PROJECT_FILE, text)


def obeyed_in(workspace: Path, trust: Trust, *, accept: bool, person: bool) -> Obeyed:
    """What of the folder this run obeys. `accept` trusts it for this run; without a `person` nothing is asked.

    Raises PermissionDenied where policy forbids what was asked for, ConfigInvalid for what cannot be trusted.
    """
    if accept:
        return trust.once(workspace)
    view = trust.view(workspace)
    if view.standing in (Standing.EMPTY, Standing.TRUSTED):
        return view.obeyed
    names = ", ".join(map(safe, present(workspace)))
    forbidden = trust.forbidden(workspace)
    if person and not forbidden:
        answer = _asked(workspace, view.standing, view.notes or tuple(present(workspace)))
        if answer != "no":
            return trust.accept(workspace) if answer == "yes" else trust.once(workspace)
    advice = forbidden or "`peg trust` trusts it, --trust accepts it for this run"
    was = "was changed since it was trusted" if view.standing is Standing.CHANGED else "is not trusted"
    click.echo(f"peg: this folder {was}, so {names or 'what it held'} is ignored; {advice}", err=True)
    return Obeyed()


def _asked(workspace: Path, standing: Standing, shown: tuple[str, ...]) -> str:
    changed = standing is Standing.CHANGED
    said = "was trusted, and has changed since" if changed else "holds what Pegboard would obey"
    click.echo(f"{safe(str(workspace))} {said}:", err=True)
    for name in shown:
        click.echo(f"  {safe(name)}", err=True)
    kinds = click.Choice(["yes", "once", "no"])
    try:
        return str(click.prompt("Trust this folder", type=kinds, default="no", err=True))
    except click.Abort:
        return "no"
