"""Every plugin that ships keeps to the protocol, seen from outside, as a process of its own."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


@pytest.mark.parametrize("project", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_that_ships_keeps_to_the_protocol(project: Path) -> None:
    ((_, entry),) = tomllib.loads((project / "pyproject.toml").read_text())["project"]["entry-points"][
        "pegboard.plugins"
    ].items()
    package = project / "src" / entry.partition(":")[0]
    command = [sys.executable, "-m", "pegboard_sdk.host", entry, str(package)]
    done = subprocess.run(
        [sys.executable, "-m", "pegboard_sdk.conformance", "--calls", "60", "--", *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
