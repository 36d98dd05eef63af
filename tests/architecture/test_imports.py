"""Importing any module does nothing: it prints, opens, starts and changes nothing."""

import subprocess
import sys
from pathlib import Path

from needing import absent

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path for folder in ("kernel", "sdk", "plugins/*") for path in ROOT.glob(f"{folder}/src/*"))
MODULES = sorted(
    ".".join(file.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")
    for package in PACKAGES
    for file in package.glob("**/*.py")
    if file.stem != "__main__" and "sample" not in file.parts
)

PROBE = """
import importlib, os, sys, threading
before = (set(os.environ.items()), len(os.listdir("/proc/self/fd")), threading.active_count(), os.getcwd())
for name in sys.argv[1:]:
    importlib.import_module(name)
after = (set(os.environ.items()), len(os.listdir("/proc/self/fd")), threading.active_count(), os.getcwd())
assert before == after, (before, after)
"""


def test_importing_every_module_does_nothing() -> None:
    if not Path("/proc/self/fd").exists():
        absent("/proc")
    done = subprocess.run([sys.executable, "-c", PROBE, *MODULES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_plugin_is_checked_by_the_tools() -> None:
    configuration = (ROOT / "pyproject.toml").read_text()
    for package in PACKAGES:
        if package.is_dir():
            assert configuration.count(f'"{package.name}"') >= 2, (
                f"{package.name} is missing from mypy or import-linter"
            )
