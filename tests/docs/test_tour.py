"""The plugin that the author's page quotes does what the page says."""

import subprocess
import sys
from pathlib import Path

import pytest

from pegboard_sdk import Delta, Message, ModelReply, Output, PermissionDenied, Role, Setup, StreamModel, Text, ToolUse
from pegboard_sdk.testing import reading, spawned, writing

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "sdk" / "examples" / "tour"
PACKAGE = PROJECT / "src" / "pegboard_example_tour"


def text_of(output: Output) -> str:
    return "".join(part.text for part in output.parts if isinstance(part, Text))


def test_its_tools_get_files_opened(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    with spawned(PACKAGE) as board:
        made = board.start_tool("write_new", {"path": "a.txt", "text": "one\ntwo\n"}, files={"path": writing(file)})
        assert text_of(made.result(Output)) == "wrote a.txt"
        counted = board.start_tool("count_lines", {"path": "a.txt"}, files={"path": reading(file)})
        assert text_of(counted.result(Output)) == "a.txt has 2 lines"
        again = board.start_tool("write_new", {"path": "a.txt", "text": ""}, files={"path": writing(file)})
        assert again.result(Output).outcome.value == "failed"
    assert file.read_text() == "one\ntwo\n"


def test_it_streams_asks_and_greets() -> None:
    with spawned(PACKAGE, Setup(settings={"greeting": "Ahoy"})) as board:
        assert board.text("count_down", start=3) == "3\n2\n1\nLift-off."
        board.answers = ["b"]
        assert board.text("choose", options=["a", "b"]) == "b"
        with pytest.raises(PermissionDenied):
            board.tool("choose", options=["a"])
        assert board.command("greet") == "Ahoy everyone."


def test_its_hooks_take_part() -> None:
    push = ToolUse(call="1", tool="bash", arguments={"command": "git push --force"}, turn=1)
    with spawned(PACKAGE) as board:
        assert board.hook("context", str, session="s", workspace="/w") == "The workspace is /w."
        refused = board.hook("before_tool", ToolUse, session="s", use=push)
        assert (refused.decision, refused.reason) == ("deny", "nobody pushes by force here")


def test_its_model_says_what_was_said() -> None:
    said = Message(role=Role.USER, parts=(Text(text="one two"),))
    with spawned(PACKAGE) as board:
        call = board.stream_model(StreamModel(model="echo/again", conversation="c", append=(said,)))
        assert call.result(ModelReply).message.parts == (Text(text="one two"),)
        assert [delta.text for delta in call.items(Delta)] == ["one ", "two "]
        assert [model.id for model in board.models("echo")] == ["again"]


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "pegboard_sdk.sync", str(PROJECT), "--check"],
        ["-m", "pegboard_sdk.conformance", "--calls", "40", "--", sys.executable, str(PACKAGE / "__init__.py")],
    ],
    ids=["its manifest is in step", "it keeps to the protocol"],
)
def test_it_is_in_order(command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
