"""A workspace that is watched, and calls that change it by real programs."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pegboard_sdk import Setup, ToolUse
from pegboard_undo.desk import Desk

ENVIRONMENT = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
    "GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "e", "GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "e",
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class Bench:
    """A workspace and the desk of the plugin over it, which watches the folder `above` it too, where that is wanted."""

    def __init__(self, folder: Path, *, above: bool = False, **settings: Any) -> None:
        self.folder = folder
        self._above = (str(folder),) if above else ()
        self.root = folder / "workspace"
        self.root.mkdir(exist_ok=True)
        self._settings = settings
        self._calls = 0
        self.prompt = 1
        self.desk = self._opened()

    def _opened(self) -> Desk:
        data = self.folder / "data" / "private" / "undo"
        data.mkdir(parents=True, exist_ok=True)
        return Desk(Setup(workspace=str(self.root), roots=self._above, data_dir=str(data), settings=self._settings))

    def again(self) -> None:
        """The plugin's process ends, and another begins."""
        self.desk.close()
        self.desk = self._opened()

    @contextmanager
    def call(self, session: str = "s", **arguments: Any) -> Iterator[list[str | None]]:
        """A call of a tool; what people are told before and after it."""
        self._calls += 1
        use = ToolUse(call=f"c{self._calls}", tool="tool", arguments=arguments, turn=1)
        said = [self.desk.before(session, self.prompt, use)]
        yield said
        said.append(self.desk.after(use))

    def shell(self, script: str, session: str = "s") -> list[str | None]:
        """A call that runs bash in the workspace; failing programs are part of life."""
        with self.call(session, command=script) as said:
            self.outside(script)
        return said

    def outside(self, script: str) -> None:
        """The same by somebody else."""
        subprocess.run(["bash", "-c", script], cwd=self.root, env=ENVIRONMENT, capture_output=True, check=False)

    def undo(self, text: str = "") -> str:
        return self.desk.undo("s", text)

    def redo(self) -> str:
        return self.desk.redo("s")


def snapshot(root: "Path | str", *, times: bool = True) -> dict[str, Any]:
    """Everything that is there, byte for byte: kinds, contents, modes, targets, times, and which names are one file."""
    found: dict[str, Any] = {}
    inodes: dict[int, str] = {}
    for folder, folders, files in os.walk(root):
        for name in [*folders, *files]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            short = os.path.relpath(path, root)
            what: list[Any] = [oct(status.st_mode)]
            if os.path.islink(path):
                what.append(os.readlink(path))
            elif os.path.isfile(path):
                what.append(Path(path).read_bytes())
                what.append(status.st_nlink)
                if status.st_nlink > 1:
                    what.append(inodes.setdefault(status.st_ino, short))
                if times:
                    what.append(status.st_mtime_ns)
            found[short] = what
    return found
