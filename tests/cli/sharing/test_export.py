"""What is exported is what was said, in a form that its readers take, whatever stands in the session."""

import json
import re
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from pegboard.cli.sharing.export import FORMATS, export
from pegboard.cli.sharing.standing import standing
from pegboard.journal import JournalDamaged
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions
from pegboard_sdk.wire.records import Message, Outcome, Rewound, Role, Text, Titled, ToolCall, ToolResult

sys.path.insert(0, str(Path(__file__).parent))

from conversations import conversations

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def written(state: Path, records) -> Path:
    workspace = state / "work"
    workspace.mkdir(exist_ok=True)
    with Sessions(state).new(workspace, program="test", model="m/1") as journal:
        for record in records:
            journal.append(record)
        return journal.folder


def exported(records, form: str) -> str:
    with tempfile.TemporaryDirectory() as state:
        return b"".join(export(written(Path(state), records), form)).decode()


def assert_chat_is_valid(messages) -> None:
    """The rules of Chat Completions about calls: ids once, each answered once, by what follows directly."""
    seen, waiting = set(), []
    for message in messages:
        if message["role"] == "tool":
            assert isinstance(message["content"], str)
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting
        assert message["role"] in {"system", "user", "assistant"}
        for call in message.get("tool_calls", []):
            assert message["role"] == "assistant"
            assert call["id"] not in seen
            seen.add(call["id"])
            waiting.append(call["id"])
            assert NAME.fullmatch(call["function"]["name"])
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
        assert message["content"] is not None or message.get("tool_calls")
    assert not waiting


def assert_turns_are_valid(messages) -> None:
    """The rules of the Messages API: roles in turn from the user on, results first, none blank, each call once."""
    seen, waiting = set(), []
    for number, message in enumerate(messages):
        assert message["role"] == ("user", "assistant")[number % 2]
        kinds = [block["type"] for block in message["content"]]
        assert kinds
        answered = [block["tool_use_id"] for block in message["content"] if block["type"] == "tool_result"]
        assert sorted(answered) == sorted(waiting)
        assert kinds[: len(answered)] == ["tool_result"] * len(answered)
        waiting = []
        for block in message["content"]:
            pieces = block["content"] if block["type"] == "tool_result" else [block]
            assert all(piece["text"].strip() for piece in pieces if piece["type"] == "text")
            if block["type"] == "tool_use":
                assert message["role"] == "assistant"
                assert NAME.fullmatch(block["id"])
                assert NAME.fullmatch(block["name"])
                assert isinstance(block["input"], dict)
                assert block["id"] not in seen
                seen.add(block["id"])
                waiting.append(block["id"])
    assert not waiting


@given(conversations())
def test_openai_takes_every_conversation(records):
    assert_chat_is_valid(json.loads(exported(records, "openai"))["messages"])


@given(conversations())
def test_anthropic_takes_every_conversation(records):
    assert_turns_are_valid(json.loads(exported(records, "anthropic"))["messages"])


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@given(conversations())
def test_a_page_has_no_scripts_and_only_our_tags(records):
    found = Tags()
    text = exported([*records, Titled(title="<script>alert(1)</script>")], "html")
    found.feed(text)
    assert found.tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "p", "div", "details", "summary", "pre", "img",
    }  # fmt: skip
    assert found.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "open", "alt", "src"}
    assert "&lt;script&gt;alert(1)" in text
    assert "\x1b" not in text


@given(conversations())
def test_markdown_keeps_what_tools_said_inside_its_fences(records):
    fence = ""
    for line in exported(records, "markdown").splitlines():
        opened = re.match(r"`{3,}", line)
        if opened and not fence:
            fence = opened[0]
        elif fence and line == fence:
            fence = ""
    assert not fence


def said(role, text):
    return Message(role=role, parts=(Text(text=text),))


STORY = [
    said(Role.USER, "list it"),
    Message(role=Role.ASSISTANT, parts=(ToolCall(call="0", tool="bash", arguments='{"command": "ls"}'),)),
    ToolResult(call="0", tool="bash", outcome=Outcome.OK, parts=(Text(text="one\ntwo"),)),
    said(Role.ASSISTANT, "Two files."),
    said(Role.USER, "forget this"),
    Rewound(to=5),
    Titled(title="Files"),
]


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_tells_the_conversation_without_what_was_rewound(form):
    text = exported(STORY, form)
    for words in ("list it", "ls", "two", "Two files."):
        assert words in text
    assert "forget this" not in text
    if form in {"markdown", "html", "json"}:
        assert "Files" in text


def test_a_call_that_was_never_answered_gets_an_answer():
    body = json.loads(exported(STORY[:2], "anthropic"))
    assert_turns_are_valid(body["messages"])
    assert body["messages"][-1]["content"][0]["is_error"]


def test_a_damaged_session_is_not_exported(tmp_path):
    folder = written(tmp_path, STORY)
    (folder / FILE).write_bytes((folder / FILE).read_bytes().replace(b"list it", b"lost it"))
    with pytest.raises(JournalDamaged, match="peg session repair"):
        standing(folder)
