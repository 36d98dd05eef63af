"""Real commands through a real runner, and a way to see which processes a test left behind."""

import os
import secrets
import select
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pegboard_sdk.wire.methods import Pipeline, Plan, Step
from pegboard_shell.command import Carried, Control, carry
from pegboard_shell.launcher import Launcher
from pegboard_shell.order import Order

PATH = "/usr/local/bin:/usr/bin:/bin"


class Bench:
    """Runs plans in a folder and collects what they wrote."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self.launcher = launcher
        self.folder = folder
        self.output = ""
        self.control: Control | None = None

    def begin(self, plan: Plan, target: int, **order: Any) -> Control:
        workspace = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            environment = order.pop("environment", {"PATH": PATH})
            order = {"timeout_s": 60.0} | order
            return self.launcher.launch(
                Order(plan=plan, environment=environment, **order), workspace=workspace, target=target
            )
        finally:
            os.close(workspace)

    def run(self, plan: Plan, write: Callable[[str], None] | None = None, **order: Any) -> Carried:
        self.output = ""
        source, target = os.pipe()
        try:
            self.control = self.begin(plan, target, **order)
        finally:
            os.close(target)
        return carry(self.control, source, write or self._keep)

    def _keep(self, text: str) -> None:
        self.output += text

    def script(self, text: str, **order: Any) -> Carried:
        return self.run(Plan(script=text), **order)


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    launcher = Launcher()
    yield launcher
    launcher.close()


@pytest.fixture
def bench(launcher: Launcher, tmp_path: Path) -> Bench:
    return Bench(launcher, tmp_path)


class Marked:
    """Processes that can be told from all others by a number in their arguments, and a `sleep` that has it."""

    def __init__(self) -> None:
        self._number = f"1{secrets.randbelow(10**9):09d}"
        self.sleep = f"sleep {self._number}"

    def pids(self) -> list[int]:
        """All living ones, those included that were started to start them."""
        number = self._number.encode()
        return [int(name) for name in filter(str.isdecimal, os.listdir("/proc")) if number in _cmdline(name)]

    def wait_until_gone(self, seconds: float = 10) -> None:
        """Return when none is alive; the deadline is generous, the wait is not."""
        end = time.monotonic() + seconds
        while (found := self.pids()) and time.monotonic() < end:
            with suppress(ProcessLookupError):
                descriptor = os.pidfd_open(found[0])
                select.select([descriptor], [], [], end - time.monotonic())
                os.close(descriptor)
        assert found == []


def _cmdline(name: str) -> bytes:
    try:
        return Path(f"/proc/{name}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def marked() -> Marked:
    return Marked()


@pytest.fixture
def step() -> Callable[..., Step]:
    def make(*argv: str, **more: Any) -> Step:
        return Step(argv=argv, program=f"/usr/bin/{argv[0]}", **more)

    return make


@pytest.fixture
def plan() -> Callable[..., Plan]:
    """Steps in one pipeline, or several pipelines as `(when, step, ...)`."""

    def make(*parts: Any) -> Plan:
        if parts and isinstance(parts[0], Step):
            return Plan(pipelines=(Pipeline(steps=parts),))
        return Plan(pipelines=tuple(Pipeline(when=when, steps=tuple(steps)) for when, *steps in parts))

    return make
