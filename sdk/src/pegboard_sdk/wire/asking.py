"""A question in plain lines, made from its parts: exactly what will run, counted and escaped. Pure; for any front-end.

What a model or a file says stands behind `MARGIN`, our own words never do, so neither can pass for the other.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from pegboard_sdk.wire.methods import Plan
from pegboard_sdk.wire.records import Program, Question, Room
from pegboard_sdk.wire.visible import quoted, visible

MARGIN: Final = "  │ "
MOST_LINES: Final = 200
"""More are hidden in the middle, and how many is said."""
SHOWN_DIGITS: Final = 16
"""Of the hash, for people to compare; the whole one is in the record."""


_AFTER: Final = {";": "after the one before", "&&": "if the one before succeeded", "||": "if the one before failed"}
_UNTIL: Final = {
    "session": "until this session ends",
    "project": "from now on, in this folder",
    "user": "from now on, in every folder",
}
_COMMANDS: Final = frozenset({"bash", "Bash"})


def question_lines(question: Question) -> list[str]:
    """The whole question. One without a hash is not the gate's: its text, line by line."""
    if not question.sha256:
        return [visible(line) for line in question.text.split("\n")]
    return list(_lines(question))


def shortened(lines: Sequence[str], most: int = MOST_LINES) -> list[str]:
    """At most so many lines, with one in the middle that says how many are hidden and how to see them."""
    if len(lines) <= most:
        return list(lines)
    tail = most // 3
    head = most - tail - 1
    hidden = len(lines) - head - tail
    note = f"[ {hidden} of {len(lines)} lines are hidden here; answer `show` to see them all ]"
    return [*lines[:head], note, *lines[len(lines) - tail :]]


def room_words(room: Room) -> str:
    """Where a command runs, in words."""
    if not room.confined or "outside" in room.needs:
        return "with all your rights: every file of yours, and the network"
    where = "in the workspace, its protected names too" if "protected" in room.needs else "in the workspace"
    if "network" not in room.needs:
        return f"{where}, no network"
    hosts = ", ".join(visible(host) for host in room.hosts)
    return f"{where}, with network to {hosts or 'any host'}"


def _lines(question: Question) -> Iterator[str]:
    yield f"{visible(question.tool)}: {visible(question.reason)}"
    if question.programs:
        yield from _programs(question.programs)
    if question.script:
        yield from _block("bash runs this text", question.script)
    for name, value in question.arguments.items():
        yield from _block(visible(name), value if isinstance(value, str) else msgspec.json.encode(value).decode())
    if question.diff:
        yield from _block("the change", question.diff.removesuffix("\n"))
    if question.effects:
        yield f"effects: {'; '.join(map(visible, question.effects))}"
    if question.room is not None:
        yield f"room: {room_words(question.room)}"
    yield f"call: sha256 {question.sha256[:SHOWN_DIGITS]}"


def _programs(programs: tuple[Program, ...]) -> Iterator[str]:
    words = [word for program in programs for word in program.argv]
    counts = f"{_count(len(programs), 'program')}, {_count(len(words), 'argument')}, {_bytes(''.join(words))}"
    yield f"runs {counts}:"
    for number, program in enumerate(programs, 1):
        if len(programs) > 1 or program.joined:
            joined = f"; {visible(program.joined)}" if program.joined else ""
            yield f"program {number} of {len(programs)}, {_count(len(program.argv), 'argument')}{joined}:"
        yield from (MARGIN + quoted(word) for word in program.argv)
        if program.input is not None:
            yield from _block("which reads", program.input)


def _block(what: str, text: str) -> Iterator[str]:
    lines = text.split("\n")
    yield f"{what} ({_count(len(lines), 'line')}, {_bytes(text)}):"
    yield from (MARGIN + visible(line) for line in lines)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _bytes(text: str) -> str:
    return f"{len(text.encode('utf-8', 'surrogatepass'))} bytes"


def programs_of(plan: Plan) -> Iterator[Program]:
    """What a plan runs, in words where it is more than arguments."""
    for pipeline in plan.pipelines:
        for index, step in enumerate(pipeline.steps):
            first = _AFTER[pipeline.when] if pipeline is not plan.pipelines[0] else ""
            joined = [
                "reads the output of the one before" if index else first,
                f"in {step.cwd}" if step.cwd else "",
                "its output is thrown away" if step.discard_stdout else "",
                "its errors are thrown away" if step.discard_stderr else "",
                "its errors go with its output" if step.stderr_to_stdout else "",
            ]
            yield Program(argv=step.argv, joined=", ".join(filter(None, joined)), input=step.stdin)


def covers(rules: Sequence[str]) -> dict[str, str]:
    """What each choice covers, in words, where an answer for longer adds these rules."""
    found = {"yes": "this call, once", "no": "nothing; other words are a no that the agent reads"}
    if rules:
        what = ", and ".join(map(rule_words, rules))
        found |= {choice: f"{what}; {until}" for choice, until in _UNTIL.items()}
    return found


def rule_words(rule: str) -> str:
    """What an allow rule covers, in words."""
    word, bracket, rest = rule.partition("(")
    pattern = rest.removesuffix(")").strip()
    if not bracket:
        return f"every {word}, whatever its arguments"
    if pattern.startswith("domain:"):
        return f"{word} of {pattern.removeprefix('domain:')} and its subdomains"
    if word not in _COMMANDS:
        return f"{word} of {'whatever matches ' if set('*?[') & set(pattern) else ''}`{pattern}`"
    if pattern == "*":
        return "every command that is known, whatever its arguments"
    if pattern.endswith(" *"):
        return f"`{pattern[:-2]}`, also with further arguments that do nothing else"
    return f"exactly the command `{pattern}`"
