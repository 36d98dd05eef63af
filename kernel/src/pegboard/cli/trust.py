"""`peg trust`: which folders are obeyed, and since when."""

import os
import time
from pathlib import Path

import click

from pegboard.cli.faults import reported
from pegboard.cli.installed import places_here
from pegboard.cli.settings import policy_here
from pegboard.cli.show import safe
from pegboard.cli.trusting import trust_of
from pegboard.policy import Trust
from pegboard.policy.trust import real_path
from pegboard_sdk.errors import NotFound


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@click.option("--list", "listing", is_flag=True, help="Show the folders that are trusted.")
@click.option("--revoke", is_flag=True, help="Trust DIR no more.")
@reported
def trust(folder: Path, listing: bool, revoke: bool) -> None:
    """Trust DIR (this folder, if left out) as it is now: its .pegboard and instructions hold until they change."""
    places = places_here()
    kept = trust_of(places, policy_here(places))
    if listing:
        for one in sorted((one for _, one in kept.records()), key=lambda one: one.folder):
            day = time.strftime("%Y-%m-%d", time.localtime(one.at))
            click.echo(f"{day}  {safe(one.folder)}  {_state(kept, Path(one.folder))}")
    elif revoke:
        found = [file for file, one in kept.records() if one.folder == real_path(folder)]
        if not found:
            raise NotFound(f"{real_path(folder)} is not trusted")
        for file in found:
            file.unlink(missing_ok=True)
        click.echo(f"{safe(real_path(folder))} is trusted no more", err=True)
    else:
        before = kept.view(folder)
        for name, digest in kept.accept(folder).hashes().items():
            click.echo(f"{digest[:16]}  {safe(name)}")
        for note in before.notes:
            click.echo(f"peg: {safe(note)}", err=True)
        click.echo(f"{safe(real_path(folder))} is trusted as it is now", err=True)


def _state(kept: Trust, folder: Path) -> str:
    try:
        forbidden = kept.forbidden(folder)
        return forbidden or ("gone" if not folder.is_dir() else "; ".join(kept.view(folder).notes) or "unchanged")
    except OSError as error:
        return os.strerror(error.errno or 0)
