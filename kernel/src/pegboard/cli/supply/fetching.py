"""Gets wheels from a package index, or builds one, by the tools that people have: never by running what was got.

`pip download` takes wheels only. What was typed is parsed as a name before it becomes an argument.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pegboard.cli.supply.lent import OURS
from pegboard.supply.failure import WheelRefused
from pegboard_sdk.errors import Unsupported, Upstream

PATIENCE_S: Final = 600
WORDS: Final = 600


def parse_name(text: str) -> Requirement:
    """What was typed as a name of an index. Raises WheelRefused."""
    try:
        wanted = Requirement(text)
    except InvalidRequirement as error:
        raise WheelRefused(f"`{text}` is no wheel, folder or name of a distribution: {error}") from error
    if wanted.url:
        raise WheelRefused(f"`{text}` names an address, and addresses are not followed")
    if canonicalize_name(wanted.name) in OURS:
        raise WheelRefused(
            f"`{wanted.name}` is a name of ours, which is on no index; whoever offers it there is a stranger. "
            "Install it from a checkout, or from a bundle"
        )
    return wanted


def download(names: Sequence[str], into: Path, *, links: Sequence[Path], pinned: Sequence[Path] = ()) -> None:
    """Have pip put wheels of `names` and of all that they need into `into`.

    `links` are folders where it may look too. `pinned` are wheels whose names no index may serve. Raises Unsupported
    when there is no pip, Upstream with what it said.
    """
    rules = into / "constraints.txt"
    lines = [f"{path.name.split('-')[0]} @ {path.resolve().as_uri()}" for path in pinned]
    rules.write_text("\n".join(lines) + "\n")
    argv = [*_pip(), "download", "--only-binary", ":all:", "--no-input", "--progress-bar", "off", "-q"]
    argv += [word for link in links for word in ("--find-links", str(link))]
    _run([*argv, "--constraint", str(rules), "--dest", str(into), *names], "no wheels could be had")
    rules.unlink()


def download_locked(lines: Sequence[str], into: Path, *, links: Sequence[Path] = (), platform: str = "") -> None:
    """Have pip put exactly these into `into`: lines of a requirements file, each with its hashes.

    With `platform`, the wheels of another one; lines are without hashes then. Raises as `download`.
    """
    wanted = into / "requirements.txt"
    wanted.write_text("\n".join(lines) + "\n")
    argv = [*_pip(), "download", "--only-binary", ":all:", "--no-deps", "--no-input", "--progress-bar", "off", "-q"]
    argv += ["--platform", platform] if platform else ["--require-hashes"]
    argv += [word for link in links for word in ("--find-links", str(link))]
    _run([*argv, "--dest", str(into), "--requirement", str(wanted)], "the locked wheels could not be had")
    wanted.unlink()


def build(project: Path, into: Path) -> None:
    """Build a wheel of a project in isolation. This runs the project's own code, so a person has to ask for it."""
    if uv := shutil.which("uv"):
        argv = [uv, "build", "--wheel", "-q", "--out-dir", str(into), str(project.resolve())]
    else:
        argv = [*_pip(), "wheel", "--no-deps", "-q", "--wheel-dir", str(into), str(project.resolve())]
    _run(argv, f"{project} could not be built")


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-I", "-m", "pip"]
    if found := shutil.which("pip3") or shutil.which("pip"):
        return [found, "--python", sys.executable]
    raise Unsupported(
        "there is no pip here, which fetches from a package index: install it into this environment, or get the wheels "
        "elsewhere and give their folder"
    )


def _run(argv: Sequence[str], failed: str) -> None:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Upstream(f"{failed}: no answer within {PATIENCE_S} s") from error
    if done.returncode:
        raise Upstream(f"{failed}: {(done.stderr.strip() or done.stdout.strip())[-WORDS:]}")
