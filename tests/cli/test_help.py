"""Help is everywhere, cheap, and says what scripts rely on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from pegboard.cli.app import peg

LOADED = """
import json, sys
sys.argv = ["peg", *{arguments}]
try:
    from pegboard.__main__ import main
    main()
except SystemExit:
    print("\\n" + json.dumps(sorted(sys.modules)))
"""


def commands() -> list[tuple[str, ...]]:
    """Every command there is."""
    context = click.Context(peg)
    found: list[tuple[str, ...]] = [()]
    for name in peg.list_commands(context):
        command = peg.get_command(context, name)
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, sub) for sub in command.list_commands(click.Context(command))]
    return found


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    context = click.Context(peg, info_name="peg")
    command: click.Command = peg
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(context, name)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    text = command.get_help(context)
    assert text.startswith("Usage: peg")
    assert command.get_short_help_str(200)
    assert "..." not in text.partition("Commands:")[2], text


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_neither_the_loop_nor_the_wire(home: Any, arguments: list[str]) -> None:
    code = LOADED.format(arguments=json.dumps(arguments))
    done = subprocess.run([sys.executable, "-c", code], env=home.env, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert "click" in loaded
    assert not {"trio", "asyncio"} & set(loaded)
    assert not {"msgspec", "msgpack", "pluggy", "pegboard.kernel"} & set(loaded)


def test_help_tells_the_exit_statuses_and_the_version_is_the_distributions(home: Any) -> None:
    text = " ".join(home.peg("--help").stdout.split())
    for told in (
        "0 done",
        "1 failure",
        "2 usage",
        "3 denied",
        "4 budget",
        "5 turn limit",
        "6 provider",
        "7 plugin",
        "130",
    ):
        assert told in text
    assert home.peg("--version").stdout == "pegboard, version 0.1.0\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(home: Any, shell: str) -> None:
    done = home.peg("completion", shell)
    assert done.returncode == 0
    assert "_PEG_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("peg se", ["session"]),
        ("peg session re", ["rename", "repair", "resume", "rewind"]),
        ("peg --mo", ["--model", "--mode"]),
        ("peg --mode p", ["plan"]),
        ("peg plugin show fi", ["files"]),
        ("peg tool call read", ["read_file"]),
        ("peg config get lim", ["limits.budget_usd", "limits.max_turns", "limits.seconds", "limits.tokens"]),
        ("peg session show ", []),
    ],
)
def test_bash_completes_what_one_types(home: Any, words: str, expected: list[str]) -> None:
    script = f"""
    PATH={Path(sys.executable).parent}:$PATH
    eval "$(peg completion bash)"
    COMP_WORDS=({words.removesuffix(" ")}{" ''" if words.endswith(" ") else ""})
    COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    _peg_completion peg
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], env=home.env, capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if line] == expected, done.stderr
