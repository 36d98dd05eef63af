"""A plugin in another language, put where the author's page says, answers in a session."""

import shutil
from pathlib import Path
from typing import Any

from needing import absent
from scripted_server import Call, ScriptedServer, Turn

EXAMPLE = Path(__file__).parents[2] / "sdk" / "examples" / "javascript"


def test_the_javascript_plugin_is_used_in_a_session(home: Any) -> None:
    if shutil.which("node") is None:
        absent("node")
    shutil.copytree(EXAMPLE, home.folder / "data" / "plugins" / "example.count")
    with ScriptedServer([Turn(calls=[Call("count", {"to": 3})]), Turn(text="Up to three.")]) as server:
        home.model(server.url)
        done = home.peg("-p", "count to three")
        assert (done.returncode, done.stdout) == (0, "Up to three.\n"), done.stderr
        told = [message["content"] for message in server.bodies[-1]["messages"] if message["role"] == "tool"]
    assert told == ["1\n2\n3\n"]
