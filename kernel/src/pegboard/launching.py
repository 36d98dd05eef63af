"""From what discovery found to what the spawner executes: command, environment, folders. It starts nothing."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pegboard.environment import child_environ
from pegboard.found import Found, Origin
from pegboard.rights.run import Admitted
from pegboard.spawner.messages import Launch
from pegboard.supply.starting import verified_argv
from pegboard_sdk.wire.manifest import Manifest

FOREIGN_PROGRAM: Final = (
    "import sys; entry, package, prefix, *path = sys.argv[1:]; sys.prefix = sys.exec_prefix = prefix; "
    "sys.path.extend(path); from pegboard_sdk import host, posix; posix.forbid_dump(); "
    "sys.exit(host.serve(entry, read_fd=0, write_fd=1, passing_fd=3, package_dir=package))"
)
"""The host in another environment: the SDK that is installed there, and no `.pth` line executed."""


def launch_of(
    found: Found,
    manifest: Manifest,
    *,
    environ: Mapping[str, str],
    workspace: str,
    home: Path,
    pycache: Path,
    admitted: Admitted,
) -> Launch:
    """How to start a plugin. `home` becomes its working directory; `pycache` is where it may find bytecode."""
    asked = manifest.capabilities
    allowed = admitted.granted
    own_python = found.origin is Origin.OWN and not manifest.run.argv
    return Launch(
        argv=() if own_python else _argv(found, manifest, pycache),
        entry=found.entry,
        package=found.package,
        path=found.path,
        pycache=str(pycache),
        env=child_environ(environ, granted=allowed.env if allowed else asked.env, workspace=workspace or None),
        cwd=str(home),
        group=os.getpgrp() if (allowed or asked).terminal else 0,
        confinement=admitted.room,
    )


def _argv(found: Found, manifest: Manifest, pycache: Path) -> tuple[str, ...]:
    if manifest.run.argv:
        return tuple(word.replace("{package}", found.package) for word in manifest.run.argv)
    if found.origin is Origin.STORE:
        return verified_argv(found)
    prefix = os.path.dirname(os.path.dirname(found.interpreter))
    options = ("-I", "-S", "-B", "-X", f"pycache_prefix={pycache}", "-c", FOREIGN_PROGRAM)
    return (found.interpreter, *options, found.entry, found.package, prefix, *found.path)
