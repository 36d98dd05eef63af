"""The first minute of somebody new: asked about the folder, then the first edit, left, and gone on with."""

from typing import Any

from scripted_server import Call, ScriptedServer, Turn
from typist import CTRL_D, Typist

PROMPT = r"\r\n(\x1b\[\?2004h)?> "
EDIT = {"path": "calc.py", "old_str": "a - b", "new_str": "a + b"}


def test_the_first_session_and_the_next(home: Any) -> None:
    (home.workspace / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (home.workspace / "AGENTS.md").write_text("Use tabs.")
    home.env |= {"TERM": "xterm", "NO_COLOR": "1"}
    turns = [
        Turn(calls=[Call("read_file", {"path": "calc.py"})]),
        Turn(calls=[Call("edit_file", EDIT)]),
        Turn(text="Mended."),
        Turn(text="It added."),
    ]
    with ScriptedServer(turns) as server:
        home.model(server.url)
        with Typist(("--plain",), cwd=home.workspace, env=home.env) as typist:
            typist.see("AGENTS.md\r\n")
            typist.see(r"Trust this folder .*: ")
            typist.type("y\r")
            typist.see(r"Ctrl-D to leave\." + PROMPT)
            typist.type("mend add, Grüße\r")
            typist.see("answer: ")
            typist.type("y\r")
            typist.see("Mended." + PROMPT)
            typist.type(CTRL_D)
            typist.see(r"peg -r \S+ goes on from here")
            assert typist.end() == 0
        assert "a + b" in (home.workspace / "calc.py").read_text()
        assert "Use tabs." in str(server.bodies[0]["messages"][0]["content"])
        with Typist(("--plain", "-c", "what was it?"), cwd=home.workspace, env=home.env) as typist:
            typist.see("It added." + PROMPT)
            typist.type(CTRL_D)
            assert typist.end() == 0
        told = [message for message in server.bodies[-1]["messages"] if message["role"] == "user"]
        assert [str(message["content"]) for message in told] == ["mend add, Grüße", "what was it?"]
