"""`peg` with a front-end plugin on a real terminal: begun, killed, begun again, and the terminal as it was."""

import json
import sys
import time
from typing import Any

from scripted_server import ScriptedServer, Turn
from seats import CODE, MANIFEST, ROOT
from typist import CTRL_D, Typist


def install(home: Any, *script: list[object], answers: tuple[str, ...] = ()) -> None:
    package = home.folder / "data" / "plugins" / "front"
    package.mkdir(parents=True)
    (package / "pegboard.toml").write_text(MANIFEST.format(python=sys.executable, root=ROOT))
    (package / "scripted_front.py").write_text(CODE)
    steps = json.dumps([list(step) for step in script])
    home.config.mkdir(exist_ok=True)
    text = f'frontend = "front"\n[plugin.front]\nscript = {steps}\nanswers = {json.dumps(list(answers))}\n'
    (home.config / "config.toml").write_text(text)
    home.env |= {"TERM": "xterm", "NO_COLOR": "1"}


def happened(home: Any) -> list[dict[str, Any]]:
    (log,) = (home.folder / "data").glob("private*/front/front.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def shown(home: Any, kind: str) -> list[dict[str, Any]]:
    shows = [event["show"] for event in happened(home) if "show" in event]
    return [record for show in shows for record in show.get("records", ()) if record["type"] == kind]


def test_a_front_end_is_begun_prompts_and_leaves(home: Any) -> None:
    install(home, ["prompt", "hello"], ["wait", "result"], ["leave"])
    with ScriptedServer([Turn(text="good day")]) as server:
        home.model(server.url)
        with Typist((), cwd=home.workspace, env=home.env) as typist:
            typist.see(r"peg -r \S+ goes on from here")
            assert typist.end() == 0
            assert typist.modes() == typist.before
    assert shown(home, "result")[0]["result"] == "good day"


def test_a_front_end_that_is_killed_leaves_the_terminal_usable_and_another_goes_on(home: Any) -> None:
    steps = [["once", "raw"], ["once", "prompt", "hello"], ["once", "wait", "result"], ["once", "die"]]
    install(home, *steps, ["again", "prompt", "again"], ["again", "wait", "result", 2], ["leave"])
    with ScriptedServer([Turn(text="one"), Turn(text="two")]) as server:
        home.model(server.url)
        with Typist((), cwd=home.workspace, env=home.env) as typist:
            typist.see(r"\x1b\[\?25l")
            typist.see(r"\x1b\[\?1047l")
            typist.see(r"peg -r \S+ goes on from here")
            assert typist.end() == 0
            assert typist.modes() == typist.before
    sessions = [event["began"] for event in happened(home) if "began" in event]
    assert len(sessions) == 2
    assert sessions[0] == sessions[1]
    assert len(server.bodies) == 2


def test_plain_is_line_by_line_and_a_front_end_that_cannot_start_leads_there_too(home: Any) -> None:
    install(home, ["leave"])
    with ScriptedServer([Turn(text="good day")]) as server:
        home.model(server.url)
        with Typist(("--plain",), cwd=home.workspace, env=home.env) as typist:
            typist.see("Ctrl-D to leave")
            typist.see("> ")
            typist.type(CTRL_D)
            assert typist.end() == 0
        (home.folder / "data" / "plugins" / "front" / "scripted_front.py").write_text("raise SystemExit(3)")
        with Typist((), cwd=home.workspace, env=home.env) as typist:
            typist.see("Ctrl-D to leave")
            typist.see("> ")
            assert "good day" in typist.ask("hello", "good day")
            typist.type(CTRL_D)
            typist.end()


def test_what_waited_when_the_program_was_killed_is_said_and_can_be_taken_back(home: Any) -> None:
    stays = [["once", "prompt", "begin"], ["once", "queue", "for later"], ["once", "stay"]]
    install(home, *stays, ["again", "take_back"], ["again", "leave"])
    with ScriptedServer([Turn(text="so it is", hang_after=1)]) as server:
        home.model(server.url)
        with Typist((), cwd=home.workspace, env=home.env) as typist:
            while not any(event.get("prompted") == "for later" for event in acknowledged(home)):
                time.sleep(0.02)
            typist.process.kill()
            typist.end()
        with Typist(("-c",), cwd=home.workspace, env=home.env) as typist:
            assert typist.end() == 0
        assert [event["taken_back"] for event in happened(home) if "taken_back" in event] == ["for later"]
        assert [record["message"] for record in shown(home, "error")] == [
            "said, but not heard before the program ended: for later"
        ]
        assert "for later" not in str(server.bodies), "nothing that was said long ago goes in unasked"


def acknowledged(home: Any) -> list[dict[str, Any]]:
    """What happened so far; nothing while the front-end is on its way, or in the middle of a line."""
    try:
        return happened(home)
    except ValueError:
        return []


def test_a_front_end_that_is_not_installed_is_named(home: Any) -> None:
    home.config.mkdir()
    (home.config / "config.toml").write_text('frontend = "missing"\n')
    home.model("http://127.0.0.1:1/v1")
    with Typist((), cwd=home.workspace, env=home.env) as typist:
        typist.see("no plugin that may be used here has this channel")
        assert typist.end() != 0
