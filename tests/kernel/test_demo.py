"""The demo's data: the recorded edits really repair the sample."""

import json
import subprocess
import sys

from pegboard.demo import PROMPT, TEST_COMMAND, recorded_turns, sample_files
from pegboard_sdk.wire.records import Finish, Role, Text, ToolCall


def copied(folder):
    for name, data in sample_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def outcome_in(folder):
    command = [sys.executable, "-B", *TEST_COMMAND[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def calls():
    return [part for turn in recorded_turns() for part in turn.parts if isinstance(part, ToolCall)]


def test_the_sample_fails_and_the_recorded_edits_repair_it_step_by_step(tmp_path):
    folder = copied(tmp_path)
    endings = []
    for call in calls():
        arguments = json.loads(call.arguments)
        if call.tool == "edit_file":
            path = folder / arguments["path"]
            text = path.read_text()
            assert text.count(arguments["old_str"]) == 1
            path.write_text(text.replace(arguments["old_str"], arguments["new_str"]))
        elif call.tool == "bash":
            assert arguments["command"] == " ".join(TEST_COMMAND)
            endings.append(outcome_in(folder).stderr.splitlines()[-1])
    assert endings == ["FAILED (failures=2)", "FAILED (failures=1)", "OK"]
    assert "Ran 8 tests" in outcome_in(folder).stderr


def test_what_is_read_exists_and_is_read_before_it_is_edited():
    files, read = sample_files(), set()
    for call in calls():
        arguments = json.loads(call.arguments)
        if call.tool in ("read_file", "edit_file"):
            assert arguments["path"] in files
        if call.tool == "read_file":
            read.add(arguments["path"])
        assert call.tool != "edit_file" or arguments["path"] in read


def test_the_turns_are_a_conversation_that_ends():
    turns = recorded_turns()
    assert all(turn.role is Role.ASSISTANT for turn in turns)
    assert [turn.finish for turn in turns] == [Finish.TOOL_CALLS] * (len(turns) - 1) + [Finish.STOP]
    assert len({call.call for call in calls()}) == len(calls())
    assert isinstance(turns[-1].parts[0], Text)
    assert PROMPT


def test_the_samples_text_is_plain_and_nothing_is_left_over_in_it():
    files = sample_files()
    assert "README.md" in files
    assert all(name.endswith((".py", ".md", ".toml")) for name in files)
    assert all(data.decode("ascii").endswith("\n") and b"\r" not in data for data in files.values())
