"""What a person sees, at three sizes: screens of a played session, compared with those kept in `screens`.

`REDRAW=1 .venv/bin/python -m pytest tests/plugins/terminal/test_screens.py` draws them anew; look at each.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

import pytest
from terminal_stage import DOWN, ENTER, ESC, PASTE, Stage, staged

from pegboard_sdk.wire.fronting import Completion, Status
from pegboard_sdk.wire.records import (
    Answer,
    Delta,
    Failure,
    Message,
    Outcome,
    Program,
    Question,
    Role,
    Room,
    Text,
    ToolResult,
    ToolUse,
)

SCREENS = Path(__file__).parent / "screens"
SIZES = [(24, 80), (50, 200), (15, 40)]
IDLE = Status(
    session="s", model="openai/gpt-5", effort="high", mode="auto", tier="T1f", context_used=18_000,
    context_size=128_000,
    cost=0.0412, plugins=("files", "shell"),
)  # fmt: skip
BUSY = Status(**{name: getattr(IDLE, name) for name in Status.__struct_fields__} | {"busy": True})
WAITING = Status(
    **{name: getattr(BUSY, name) for name in Status.__struct_fields__}
    | {"steering": ("keep the tests green",), "queued": ("then write the changelog, with all that changed",)}
)
DIFF = '''--- a/shop/basket.py
+++ b/shop/basket.py
@@ -1,3 +1,4 @@ class Basket:
 def total(items):
-    return sum(item.price for item in items)
+    """What all of them cost."""
+    return sum(item.price * item.count for item in items)
'''
ANSWER = """The total **ignored the count**. I changed `total` in three steps:

1. multiplied by `count`
2. wrote a docstring
3. ran the tests

| test | before | after |
|---|---|---|
| `test_total` | failed | passed |

```python
def total(items: list[Item]) -> Money:
    return sum(item.price * item.count for item in items)
```

Anything"""
PUSH = Question(
    question="q1", text="bash", tool="bash", reason="it needs the network", choices=("yes", "session", "project", "no"),
    covers={
        "yes": "this call, once",
        "session": "`git push`, also with further arguments that do nothing else; until this session ends",
        "project": "`git push`, also with further arguments that do nothing else; from now on, in this folder",
        "no": "nothing; other words are a no that the agent reads",
    },
    effects=("exec", "net"), programs=(Program(argv=("git", "push", "origin", "main \u202e evil")),),
    room=Room(confined=True, needs=("network",), hosts=("github.com",)), sha256="ab12" * 16,
)  # fmt: skip
MODES = ("full", "model", "mode", "memory", "mcp")


def call(number: int, tool: str, outcome: Outcome, text: str, *, shown: str = "", **arguments: object) -> list[object]:
    name = f"c{number}"
    return [
        ToolUse(call=name, tool=tool, arguments=arguments, turn=1),
        ToolResult(call=name, tool=tool, outcome=outcome, parts=(Text(text=text),), duration_ms=1234, shown=shown),
    ]


def still(screen: str) -> str:
    """A screen, with what moves by itself standing still."""
    text = re.sub("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", "⠿", screen)
    text = re.sub(r"⠿ (working|thinking)  \d+\.\d s · Esc", r"⠿ \1  Esc", text)
    return re.sub(r"(?m)^(⠿ .*?)  \d+\.\d s$", r"\1", re.sub(r"thought for \d+\.\d s", "thought", text))


def compare(name: str, size: tuple[int, int], stage: Stage, wanted: str) -> None:
    """The screen that shows `wanted` comes to look as it was approved: how many frames it takes is not said."""
    rows, columns = size
    file = SCREENS / f"{columns}x{rows}-{name}.txt"
    stage.see(wanted)
    if os.environ.get("REDRAW"):
        file.write_text(still(stage.screen()))
    approved = file.read_text()
    with suppress(AssertionError):
        stage.until(lambda: still(stage.screen()) == approved)
    screen = still(stage.screen())
    assert max(map(len, screen.splitlines())) <= columns
    assert screen == approved, f"{file.name} looks otherwise now"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[1]}x{size[0]}")
def test_a_session_looks_as_it_was_approved(size: tuple[int, int]) -> None:
    with staged(*size) as stage:
        session = stage.session
        stage.see("/ (for )?commands")
        session.show(status=IDLE)
        compare("1-empty", size, stage, "auto")
        session.show(
            Message(role=Role.USER, parts=(Text(text="The total is wrong.\nPlease repair it."),)), status=WAITING
        )
        session.show(Delta(stream="reasoning", text="The basket sums prices; where is the count?"))
        compare("2-thinking", size, stage, "thinking")
        session.show(*call(1, "read_file", Outcome.OK, "a\nb\nc", path="/home/ada/shop/shop/basket.py"), status=BUSY)
        session.show(*call(2, "edit_file", Outcome.OK, "done", shown=DIFF, path="shop/basket.py", old="x"))
        session.show(*call(3, "bash", Outcome.FAILED, "E  assert 3 == 4\n1 failed, 3 passed", command="pytest -q"))
        session.show(Failure(code="RATE_LIMITED", message="the server says: slow down", plugin="openai"))
        running = ToolUse(call="c9", tool="bash", arguments={"command": "pytest -q --maxfail=1"}, turn=1)
        session.show(running, Delta(stream="output", call="c9", text="collecting\n....."))
        compare("3-calls", size, stage, "collecting")
        asked = session.start_ask(PUSH)
        compare("4-question", size, stage, "\u276f y yes")
        for _ in range(6):
            stage.type("\x1b[6~")
        stage.type("s")
        stage.see("\u276f s session")
        stage.type(ENTER)
        assert asked.result(Answer) == Answer(question="q1", answer="session", by="terminal", sha256="ab12" * 16)
        session.show(*call(9, "bash", Outcome.OK, "4 passed")[1:])
        session.show(*[Delta(stream="text", text=piece) for piece in re.split("( )", ANSWER)])
        compare("5-answer", size, stage, "Anything")
        session.show(Message(role=Role.ASSISTANT, parts=(Text(text=ANSWER),)), status=IDLE)
        session.completions = tuple(Completion(insert=f"/{name}", replaces=2, about=f"about {name}") for name in MODES)
        stage.type("/m")
        session.until(lambda: bool(session.completed))
        stage.see("about memory")
        stage.type(DOWN)
        compare("6-menu", size, stage, "\u276f /model")
        stage.type(ESC)
        stage.gone("about memory")
        stage.type("\x15" + PASTE.format("x\r" * 119 + "x") + " what is this?")
        compare("7-pasted", size, stage, "what is this")


def test_a_resize_while_streaming_leaves_one_input_and_no_torn_rows() -> None:
    with staged(24, 80) as stage:
        stage.see("Ask anything")
        stage.session.show(status=BUSY)
        for number, (rows, columns) in enumerate([(15, 40), (50, 200), (10, 30), (24, 80)]):
            stage.session.show(Delta(stream="text", text=f"paragraph {number} " + "word " * 60))
            stage.resize(rows, columns)
            stage.session.show(Delta(stream="text", text=f"\n\nmarker {number}"))
            stage.see(f"marker {number}")
            stage.until(lambda wide=columns: any(line == "─" * (wide - 1) for line in stage.terminal.lines()), "rule")  # type: ignore[misc]
            screen = stage.terminal.lines()
            assert sum(line.startswith("\u276f") for line in screen) == 1, "\n".join(screen)
            assert sum("───" in line for line in screen) == 1, "\n".join(screen)
