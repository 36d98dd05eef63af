"""`/codebase`: the project in context as a person says, without what is protected, denied or too much."""

import sys
from pathlib import Path
from typing import Any

from scripted_server import Turn

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, played


def test_a_project_is_put_into_context_as_a_map_or_whole(home: Any, monkeypatch: Any) -> None:
    project = home.workspace
    (project / "src").mkdir()
    (project / "src" / "relay.py").write_text("class Relay:\n    def run(self):\n        return 48151\n")
    (project / "README.md").write_text("# Relay\nIt relays.\n")
    (project / "notes.txt").write_text("not for the model: 777111\n")
    (project / "server.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    (project / ".env").write_text("KEY=123456\n")
    (project / "data.bin").write_bytes(b"\0" * 50)
    (project / ".gitignore").write_text("built/\n")
    (project / "built").mkdir()
    (project / "built" / "made.py").write_text("made = 1\n")

    async def act(stage: Stage) -> None:
        said = await stage.ok("/codebase map")
        assert "2 of 3 files, with definitions" in said
        assert "2 names that may not be read unasked were left out" in said
        await stage.prompted("what is there")
        (shown, asked) = [m["content"] for m in stage.server.bodies[-1]["messages"] if m["role"] == "user"]
        assert "src/relay.py (" in str(shown)
        assert "2:     def run(self)" in str(shown)
        assert "48151" not in str(shown)
        assert "data.bin (50 bytes)" in str(shown)
        assert asked == "what is there"
        for absent in ("server.pem", "notes.txt", ".env", "made.py", "BEGIN", "777111"):
            assert absent not in str(shown)
        assert "whole" in await stage.ok("/codebase files 500")
        await stage.prompted("and now")
        assert "return 48151" in str(stage.server.bodies[-1]["messages"])
        assert "777111" not in str(stage.server.bodies[-1])

    played(home, monkeypatch, act, Turn(text="a relay"), Turn(text="yes"), deny=("Read(notes.txt)",))
