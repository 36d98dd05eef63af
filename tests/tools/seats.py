"""A person at another terminal, with a scripted front-end of their own before the same sessions."""

import json
import sys
from pathlib import Path
from typing import Any, Final

from typist import Typist

ROOT = Path(__file__).parents[2]
MANIFEST: Final = """
schema = 1
id = "front"
version = "1"
start = "prompt"
uses = ["session.prompt", "session.take_back", "session.interrupt", "session.command", "session.complete"]
[run]
argv = ["{python}", "{{package}}/scripted_front.py"]
[capabilities]
terminal = true
read = ["{root}"]
[[channel]]
name = "front"
"""
CODE: Final = """
import os
from pegboard_sdk.testing.front_end import ScriptedFront

plugin = ScriptedFront("front")
plugin.package_dir = os.path.dirname(__file__)
plugin.run()
"""


class Seat:
    """Another terminal of the same person: own configuration and plugins, the same sessions and sockets."""

    def __init__(self, home: Any, name: str, *script: list[object], answers: tuple[str, ...] = ()) -> None:
        self.folder = home.folder / name
        self.workspace = home.workspace
        self.data, self.config = self.folder / "data", self.folder / "config"
        self.env = home.env | {
            "PEGBOARD_DATA_DIR": str(self.data),
            "PEGBOARD_CONFIG_DIR": str(self.config),
            "TERM": "xterm",
            "NO_COLOR": "1",
        }
        package = self.data / "plugins" / "front"
        package.mkdir(parents=True)
        self.config.mkdir()
        (package / "pegboard.toml").write_text(MANIFEST.format(python=sys.executable, root=ROOT))
        (package / "scripted_front.py").write_text(CODE)
        steps = json.dumps([list(step) for step in script])
        text = f'frontend = "front"\n[plugin.front]\nscript = {steps}\nanswers = {json.dumps(list(answers))}\n'
        (self.config / "config.toml").write_text(text)

    def sit(self, *arguments: str) -> Typist:
        return Typist(arguments, cwd=self.workspace, env=self.env)

    def happened(self) -> list[dict[str, Any]]:
        logs = list(self.data.glob("private*/front/front.jsonl"))
        lines = logs[0].read_text().splitlines(keepends=True) if logs else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def shown(self, kind: str, *, replay: bool | None = None) -> list[dict[str, Any]]:
        shows = [event["show"] for event in self.happened() if "show" in event]
        wanted = [show for show in shows if replay is None or show.get("replay", False) is replay]
        return [record for show in wanted for record in show.get("records", ()) if record["type"] == kind]
