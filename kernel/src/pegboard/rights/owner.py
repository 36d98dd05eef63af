"""Whose identity confined processes take when the kernel runs as root: the workspace's owner, never root's own."""

import os
import sys
from pathlib import Path

from pegboard.rights.rooms import Owner


def owner_of(workspace: Path) -> Owner:
    """Nobody else's where the kernel is not root's, or the workspace is. Raises OSError as `stat` does."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return Owner()
    status = workspace.stat()
    return Owner(status.st_uid, status.st_gid) if status.st_uid else Owner()


def give(folder: Path, owner: Owner) -> None:
    """Let `owner` have a folder of ours, so that it can live there. Raises OSError."""
    if owner.user >= 0:
        os.chown(folder, owner.user, owner.group, follow_symlinks=False)
