"""What more than one folder of tests needs: the test tools on the path, and a machine of one's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent / "tools"))

settings.register_profile("default", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


class Home:
    """A machine of one's own: a home, Pegboard's places and a workspace, all in a temporary folder.

    Machines may share a cache, so that not each compiles what plugins import.
    """

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self.workspace.mkdir()
        self.state = folder / "state"
        self.config = folder / "config"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **{f"PEGBOARD_{kind.upper()}_DIR": str(folder / kind) for kind in ("config", "data", "state", "runtime")},
            "PEGBOARD_CACHE_DIR": str(cache or folder / "cache"),
        }
        (folder / "home").mkdir()
        self.children: list[subprocess.Popen[str]] = []

    def model(self, url: str, **more: str) -> None:
        """Talk to this server."""
        self.env |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "key-for-tests", **more}

    def peg(
        self, *arguments: str, stdin: str | None = None, timeout: float = 60, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end."""
        return subprocess.run(
            [sys.executable, "-m", "pegboard", *arguments],
            cwd=more.pop("cwd", self.workspace),
            env=self.env,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **more,
        )

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        """Start the program in a session of its own; what is left of it is killed at the end of the test."""
        child = subprocess.Popen(
            [sys.executable, "-m", "pegboard", *arguments],
            cwd=self.workspace,
            env=self.env,
            stdin=more.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **more,
        )
        self.children.append(child)
        return child

    def leftovers(self) -> list[str]:
        """Processes that carry this machine's folder in their environment or arguments."""
        mark = str(self.folder).encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                data = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
                if mark in data and (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found.append(f"{process.name}: {(process / 'cmdline').read_bytes()[:200]!r}")
            except OSError:
                continue
        return found


@pytest.fixture(scope="session")
def machines() -> type[Home]:
    """For a folder that several tests only look at."""
    return Home


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    machine = Home(tmp_path, tmp_path_factory.getbasetemp() / "cache")
    yield machine
    for child in machine.children:
        if child.poll() is None:
            child.kill()
        child.communicate()
