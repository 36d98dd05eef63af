"""The system prompt, part by part, each with its owner. Our own is short: every session pays for it."""

import platform
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

KERNEL: Final = "pegboard"
YOU: Final = "you"
PROJECT: Final = "project"
"""Owners of parts, beside plugins by their ids."""

MARK: Final = "⟦instructions for"
"""Begins what the kernel adds to a result: instructions of a subfolder, which somebody trusts."""


class Part(Struct, frozen=True):
    """One part of the system prompt: what it is called, whose it is, and what the model reads."""

    name: str
    owner: str
    text: str


def parts(workspace: str, additions: Iterable[Part] = ()) -> tuple[Part, ...]:
    """The parts of a session's prompt in `workspace`: ours, then what the user, the project and plugins add."""
    text = (
        Path(__file__)
        .with_name("prompt.md")
        .read_text("utf-8")
        .format(
            workspace=workspace,
            system=f"{platform.system()} {platform.release()}, {platform.machine()}",
            today=date.today().isoformat(),
            mark=MARK,
        )
    )
    return (Part("prompt", KERNEL, text.rstrip()), *additions)


def system_prompt(made: Iterable[Part]) -> str:
    """What a model is sent: the parts, each set apart."""
    return "\n\n".join(part.text for part in made)
