"""What people have in their fingers from other agents means here what they mean."""

from typing import Any

import click
import pytest
from click.testing import CliRunner

from pegboard.cli.options import ALIASES, MODES, Options, model_and_effort, prompt_options


def parsed(*words: str) -> Options:
    found: list[Options] = []

    @click.command()
    @prompt_options
    def command(**typed: Any) -> None:
        found.append(Options(**typed))

    done = CliRunner().invoke(command, list(words))
    assert done.exit_code == 0, done.output
    return found[0]


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (("--permission-mode", "acceptEdits"), ("--mode", "edit")),
        (("--approval-mode", "yolo"), ("--mode", "full")),
        (("--permission-mode", "bypassPermissions"), ("--mode", "full")),
        (("--permission-mode", "default"), ("--mode", "ask")),
        (("--allowed-tools", "bash(ls)"), ("--allow", "bash(ls)")),
        (("--disallowedTools", "bash"), ("--deny", "bash")),
        (("--no-tools",), ("--no-plugins",)),
        (("--bare",), ("--no-plugins",)),
        (("--extension", "files"), ("-e", "files")),
        (("--session", "x"), ("-r", "x")),
        (("--json",), ("--output-format", "stream-json")),
        (("--ephemeral",), ("--no-session",)),
    ],
)
def test_a_spelling_of_another_agent_is_ours(words: tuple[str, ...], same: tuple[str, ...]) -> None:
    assert parsed(*words) == parsed(*same) != parsed()


def test_every_alias_is_a_mode_and_no_mode_is_an_alias() -> None:
    assert set(ALIASES.values()) <= set(MODES)
    assert not set(ALIASES) & set(MODES)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("openai/gpt-5:high", ("openai/gpt-5", "high")),
        ("openai/gpt-5", ("openai/gpt-5", "")),
        ("ollama/qwen2.5-coder:7b", ("ollama/qwen2.5-coder:7b", "")),
        ("ollama/qwen3:8b:low", ("ollama/qwen3:8b", "low")),
        (":high", (":high", "")),
        ("", ("", "")),
    ],
)
def test_an_effort_stands_behind_the_model(name: str, found: tuple[str, str]) -> None:
    assert model_and_effort(name) == found
