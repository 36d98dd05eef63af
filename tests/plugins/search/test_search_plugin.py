"""The tools of `search` over the wire, in a folder as the gate grants it."""

import os

import pytest

from pegboard_sdk import CallCancelled, Outcome, Setup, ToolOutput
from pegboard_sdk.testing import connected, listing, reading
from pegboard_search import plugin


class Desk:
    """A session with the plugin in a folder."""

    def __init__(self, board, folder):
        self.board = board
        self.folder = folder

    def call(self, tool, *, at="", exclude=(), timeout_s=30, **arguments):
        path = self.folder / at
        granted = reading(path) if path.is_file() else listing(path, exclude)
        return self.board.start_tool(tool, arguments, files={"path": granted}, timeout_s=timeout_s).result(ToolOutput)

    def text(self, tool, **arguments):
        return self.call(tool, **arguments).parts[0].text


@pytest.fixture(params=["auto", "python"])
def desk(request, tmp_path):
    folder = tmp_path / "w"
    folder.mkdir()
    with connected(plugin, Setup(workspace=str(folder), settings={"engine": request.param})) as board:
        yield Desk(board, folder)


def test_files_come_newest_first_and_paged(desk):
    for at, name in enumerate(["old.py", "mid.py", "new.py", "x.txt"]):
        (desk.folder / name).write_text("")
        os.utime(desk.folder / name, (at, at))
    assert desk.text("glob", pattern="*.py") == "w/new.py\nw/mid.py\nw/old.py"
    assert desk.text("glob", pattern="*.py", limit=2) == "w/new.py\nw/mid.py\n[1-2 of 3; more: offset=2]"
    assert desk.text("glob", pattern="*.py", limit=2, offset=2) == "w/old.py\n[3-3 of 3]"
    assert desk.text("glob", pattern="*.rs") == "[no file matches]"


def test_lines_come_with_context_and_paged(desk):
    (desk.folder / "a").write_text("".join(f"{'hit' if n % 4 == 0 else 'row'} {n}\n" for n in range(1, 13)))
    assert desk.text("grep", pattern="hit") == "w/a:4:hit 4\nw/a:8:hit 8\nw/a:12:hit 12"
    assert desk.text("grep", pattern="hit", context=1, limit=2) == (
        "w/a-3-row 3\nw/a:4:hit 4\nw/a-5-row 5\n--\nw/a-7-row 7\nw/a:8:hit 8\nw/a-9-row 9\n[1-2; more: offset=2]"
    )
    assert desk.text("grep", pattern="hit", limit=2, offset=2) == "w/a:12:hit 12\n[3-3]"
    assert desk.text("grep", pattern="HIT", ignore_case=True, output="count") == "w/a:3"
    assert desk.text("grep", pattern="hit", output="files") == "w/a"
    assert desk.text("grep", pattern="nothing") == "[no matches]"


def test_one_file_is_searched(desk):
    (desk.folder / "a").write_text("x\nhit\n")
    assert desk.text("grep", at="a", pattern="hit") == "a:2:hit"
    assert "is a file" in desk.text("glob", at="a", pattern="*")


def test_what_the_gate_excludes_is_not_shown(desk):
    (desk.folder / ".env").write_text("hit\n")
    (desk.folder / "b").write_text("hit\n")
    assert desk.text("grep", pattern="hit", exclude=(".env*",)) == "w/b:1:hit"
    assert desk.text("glob", pattern=".env", exclude=(".env*",)) == "[no file matches]"


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("grep", {"pattern": "a("}, "bad pattern `a(`"),
        ("grep", {"pattern": "a", "glob": "{a"}, "bad glob `{a`"),
        ("glob", {"pattern": "../*"}, "bad glob `../*`"),
        ("grep", {"pattern": "a", "limit": 0}, "limit is 1 to"),
        ("grep", {"pattern": "a", "context": 99}, "at most 50"),
    ],
)
def test_a_bad_request_fails_with_the_reason(desk, tool, arguments, message):
    output = desk.call(tool, **arguments)
    assert output.outcome is Outcome.FAILED
    assert message in output.parts[0].text


def test_a_page_is_bounded_in_bytes_and_says_how_to_go_on(desk):
    (desk.folder / "a").write_text("hit and then söme more text\n" * 20_000)
    text = desk.text("grep", pattern="hit", limit=5000)
    shown = text.count("\n")
    assert len(text.encode()) < 28_000
    assert text.endswith(f"[1-{shown}; more: offset={shown}]")
    for at in range(1000):
        (desk.folder / f"{at:04}{'x' * 60}").write_text("")
    names = desk.text("glob", pattern="0*", limit=1000)
    assert len(names.encode()) < 28_000
    assert f"of 1000; more: offset={names.count(chr(10))}]" in names


@pytest.mark.parametrize("desk", ["auto"], indirect=True)
def test_a_search_that_takes_too_long_says_that_it_is_incomplete(desk):
    with open(desk.folder / "a", "wb") as file:
        file.truncate(1 << 40)
    assert desk.text("grep", at="a", pattern="hit", timeout_s=2.5) == (
        "[no matches; stopped at the time limit, incomplete; narrow path or pattern]"
    )


@pytest.mark.parametrize("desk", ["auto"], indirect=True)
def test_a_cancelled_search_ends_at_once(desk):
    with open(desk.folder / "a", "wb") as file:
        file.truncate(1 << 40)
    started = desk.board.start_tool("grep", {"pattern": "hit"}, files={"path": reading(desk.folder / "a")})
    started.cancel()
    with pytest.raises(CallCancelled):
        started.result(ToolOutput)
