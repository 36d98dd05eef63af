"""What in the kernel's own environment runs or changes unasked, for `peg doctor`. It reads, and runs nothing.

All packages of an environment trust each other: a `.pth` file of any of them runs in every interpreter of it.
"""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pegboard.discovery import own_environment
from pegboard.distribution import Distribution, distributions, path_lines
from pegboard.supply.names import CACHE, STARTUP

MOST_NAMED: Final = 5


def findings(sites: Sequence[Path] | None = None) -> list[str]:
    """A sentence each, about the site folders of this interpreter or the given ones; nothing when all is plain."""
    return [line for site in (own_environment().sites if sites is None else sites) for line in _of_site(site)]


def _of_site(site: Path) -> Iterator[str]:
    names = sorted(os.listdir(site)) if site.is_dir() else []
    for name in names:
        if name.endswith(".pth"):
            plain, executable = path_lines(site / name)
            if executable:
                yield f"{site / name} runs code at the start of every Python here"
            else:
                yield f"{site / name} adds {', '.join(plain) or 'nothing'} to what every Python here imports"
        elif name.endswith(".egg-link") or name.partition(".")[0] in STARTUP:
            yield f"{site / name} is run or followed at the start of every Python here"
    installed = list(distributions(site))
    editable = [one.name for one in installed if one.is_editable()]
    if editable:
        yield f"editable, so their files may change at any time: {', '.join(editable)}"
    if strays := _strays(site, names, installed):
        more = f" and {len(strays) - MOST_NAMED} more" if len(strays) > MOST_NAMED else ""
        yield f"in {site}, listed by no package: {', '.join(strays[:MOST_NAMED])}{more}"


def _strays(site: Path, names: Sequence[str], installed: Sequence[Distribution]) -> list[str]:
    listed = {path for one in installed for path in _recorded(one)}
    tops = {path.partition("/")[0] for path in listed}
    found = [name for name in names if name not in tops and name != CACHE]
    for top in sorted(tops & set(names)):
        for folder, folders, files in os.walk(site / top):
            folders[:] = [name for name in folders if name != CACHE]
            inside = Path(folder).relative_to(site).as_posix()
            found += [f"{inside}/{name}" for name in sorted(files) if f"{inside}/{name}" not in listed]
    return found


def _recorded(one: Distribution) -> list[str]:
    try:
        text = (one.folder / "RECORD").read_text("utf-8")
        return [os.path.normpath(row[0]) for row in csv.reader(text.splitlines()) if row]
    except (OSError, ValueError, csv.Error):
        return []
