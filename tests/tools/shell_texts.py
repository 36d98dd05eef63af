"""Texts for the comparison of the tokenizer with bash: random pieces, sentences of a grammar near the accepted subset,
and rows of the gate's cases with small changes."""

import json
import random
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bash_reading import PIECES, difference

from pegboard.gate.command.script import Script
from pegboard.gate.command.tokenizer import parse

CASES = Path(__file__).parents[1] / "kernel/gate/cases"
NAMES = ("echo", "true", "ls", "git", "cat", "x")
CHARACTERS = "abz019 -_./,:=+@%^~!#*?[]{}()<>|&;$`'\"\\\n\té\u00a0"
GLUE = (
    " ; ",
    "; ",
    ";",
    " && ",
    "&&",
    " || ",
    " | ",
    "|",
    "\n",
    " \n\n",
    " &\n",
    " |\n",
    "&& \\\n",
    " # c\n",
    ";;",
    "|& ",
)
BEHIND = ("", "", "", "", " 2>&1", " >/dev/null", " 2>/dev/null", " &>/dev/null", " > /dev/null 2>&1",
          " 2>&1 >/dev/null",
          " >>/dev/null", " </dev/null", " 1>&2", ">/dev/nul", " 2> /dev/null;", " >&1", " 12>/dev/null",
          " 2>&12", " > '/dev/null'", " >/dev/null/x")  # fmt: skip


def text_of(source: random.Random) -> str:
    """The next text, of one kind or another."""
    return source.choice(KINDS)(source)


def compared(source: random.Random, end: float) -> tuple[int, int, list[str]]:
    """Texts until the monotonic time `end`: how many were made, how many accepted, and where bash reads otherwise."""
    tried, accepted, wrong = 0, 0, []
    while time.monotonic() < end:
        text = text_of(source)
        tried += 1
        if isinstance(parse(text), Script):
            accepted += 1
            if found := difference(text):
                wrong.append(found)
    return tried, accepted, wrong


def pieces(source: random.Random) -> str:
    return "".join(source.choices(PIECES, k=source.randint(1, 16)))


def sentence(source: random.Random) -> str:
    """A list of commands as the subset has them, mostly."""
    parts = [command(source)]
    for _ in range(source.randint(0, 3)):
        parts += [source.choice(GLUE), command(source)]
    return "".join(parts)


def command(source: random.Random) -> str:
    words = [source.choice(NAMES), *(word(source) for _ in range(source.randint(0, 4)))]
    return source.choice((" ", " ", "  ", "\t", " \\\n")).join(words) + source.choice(BEHIND) + heredoc(source)


def word(source: random.Random) -> str:
    """Quoted and bare parts side by side."""
    return "".join(part(source) for _ in range(source.randint(1, 3)))


def part(source: random.Random) -> str:
    inside = "".join(source.choices(CHARACTERS, k=source.randint(0, 5)))
    kind = source.randint(0, 5)
    if kind == 0:
        return "'" + inside.replace("'", "") + "'"
    if kind == 1:
        return f'"{inside}"'
    if kind == 2:
        return "".join(f"\\{letter}" for letter in inside[:2])
    return "".join(source.choices("abz019-_./,:=+@%^{}!~", k=source.randint(1, 4)))


def heredoc(source: random.Random) -> str:
    if source.random() > 0.08:
        return ""
    end, dash = source.choice(("E", "EOF", "x.1")), source.choice(("", "-"))
    quoted = source.choice((f"'{end}'", f'"{end}"', end, f"\\{end}"))
    body = "".join(source.choices(CHARACTERS, k=source.randint(0, 12)))
    behind = source.choice(("", " | x", "; x", " # c", " \\"))
    return f" <<{dash}{quoted}{behind}\n{body}\n{source.choice(('', chr(9)))}{end}\n"


def changed_row(source: random.Random) -> str:
    """A row of the cases with characters dropped, doubled, swapped or put in."""
    text = list(source.choice(rows()))
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(text) + 1)
        match source.randint(0, 3):
            case 0:
                del text[at : at + source.randint(1, 3)]
            case 1:
                text[at:at] = text[at : at + 2]
            case 2:
                text[at:at] = source.choice(CHARACTERS)
            case _:
                text[at:at] = source.choice(PIECES)
    return "".join(text)


@cache
def rows() -> tuple[str, ...]:
    """The commands of the cases, but for those that are long."""
    found = [
        command
        for name in ("commands", "shell")
        for line in (CASES / f"{name}.jsonl").read_text().splitlines()
        for command in json.loads(line)["commands"]
    ]
    return tuple(dict.fromkeys(text for text in found if len(text) < 300 and "bin/" not in text))


KINDS: tuple[Callable[[random.Random], str], ...] = (pieces, sentence, sentence, changed_row, changed_row)
