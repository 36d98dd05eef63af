"""How often a person is asked: a session that edits and tests asks nothing in `auto`, and nothing twice in `ask`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripted_server import Call, ScriptedServer, Turn
from typist import CTRL_D, Typist

PROMPT = r"\r\n(\x1b\[\?2004h)?> "
MORE = "from calc import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n"
WORK = [
    Call("read_file", {"path": "calc.py"}),
    Call("grep", {"pattern": "def add"}),
    Call("edit_file", {"path": "calc.py", "old_str": "a - b", "new_str": "a + b"}),
    Call("write_file", {"path": "tests/test_more.py", "content": MORE}),
    Call("bash", {"command": "python3 -m pytest -q -p no:cacheprovider 2>&1 | tail -n 3"}),
    Call("bash", {"command": "git status --short && git diff"}),
    Call("bash", {"command": "mkdir -p build && cp calc.py build/ && ls build | wc -l"}),
    Call("bash", {"command": "rm -r build; git log --oneline -n 3; git branch --show-current"}),
]


def project(work: Path) -> None:
    (work / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (work / "tests").mkdir()
    (work / "tests/test_calc.py").write_text("from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@example.org commit -qm first"):
        subprocess.run(["git", *words.split()], cwd=work, check=True, timeout=60)


def test_in_auto_with_the_walls_up_nothing_is_asked(home: Any) -> None:
    project(home.workspace)
    home.env["PATH"] = f"{Path(sys.executable).parent}:{home.env['PATH']}"
    with ScriptedServer([Turn(calls=WORK), Turn(text="done")]) as server:
        home.model(server.url)
        done = home.peg("-p", "mend add", "--mode", "auto", "--json", timeout=240)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    uses = [line for line in lines if line["type"] == "tool_use"]
    results = [line for line in lines if line["type"] == "tool_result"]
    assert [line["text"] for line in lines if line["type"] == "question"] == [], done.stderr
    assert [use["reason"] for use in uses if use.get("decision", "allow") != "allow"] == []
    assert len(uses) == len(WORK), done.stderr
    rooms = [use["room"] for use in uses if use["tool"] == "bash"]
    assert all(room["confined"] for room in rooms), "the walls were up"
    assert [str(one["parts"]) for one in results if one["outcome"] != "ok"] == []
    assert "2 passed" in str(results[4]["parts"])
    assert "+    return a + b" in str(results[5]["parts"])


def test_in_ask_each_question_comes_once(home: Any) -> None:
    """The same work twice in one session: what was answered for the session is not asked again."""
    project(home.workspace)
    back = Call("edit_file", {"path": "calc.py", "old_str": "a + b", "new_str": "a - b"})
    quick = [call for call in WORK if "pytest" not in str(call.arguments)]
    turns = [Turn(calls=[call]) for call in (*quick, back, *quick)]
    home.env |= {"TERM": "xterm", "NO_COLOR": "1"}
    with ScriptedServer([*turns, Turn(text="All done.")]) as server:
        home.model(server.url)
        asked: list[str] = []
        with Typist(("--plain",), cwd=home.workspace, env=home.env) as typist:
            typist.see(r"Ctrl-D to leave\." + PROMPT)
            typist.type("mend add\r")
            while True:
                said = typist.see(r"answer: |All done\." + PROMPT)
                if "All done." in said:
                    break
                if "\n? " not in said:
                    continue  # the line is drawn again with the first key
                asked.append(said[said.rindex("\n? ") + 1 :])
                assert "  session  " in said, "each can be answered once and for all"
                typist.type("session\r")
            typist.type(CTRL_D)
            assert typist.end() == 0
    shown = [one.partition("call: sha256")[0] for one in asked]
    assert len(shown) == len(set(shown)), "no question came twice"
    assert len(asked) == len(quick) - 2, "all but what only reads, in the first round alone"
    results = [message for message in server.bodies[-1]["messages"] if message["role"] == "tool"]
    assert len(results) == len(turns)
    assert not [message["content"] for message in results if "Denied" in str(message["content"])]
