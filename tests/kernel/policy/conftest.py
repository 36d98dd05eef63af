"""A machine whose policy the tests may write, with its keeper in their place."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pegboard.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    named = {kind: tmp_path / kind for kind in ("config", "data", "state", "cache", "runtime")}
    etc = tmp_path / "etc"
    etc.mkdir(mode=0o755)
    return Places(**named, managed=etc / "policy.toml", owner=os.geteuid(), top=tmp_path)


@pytest.fixture
def write(places: Places) -> Callable[..., Path]:
    """Writes the policy, or a drop-in, and says where."""

    def write(text: str, drop_in: str = "") -> Path:
        path = places.managed.parent / "policy.d" / drop_in if drop_in else places.managed
        path.parent.mkdir(exist_ok=True, mode=0o755)
        path.write_text(text)
        path.chmod(0o644)
        return path

    return write
