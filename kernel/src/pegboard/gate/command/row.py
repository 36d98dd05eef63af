"""The table's language: a row of text to what is known of a program. Knows no program."""

from functools import cache, reduce
from operator import or_

from msgspec import Struct

from pegboard.gate.command.facts import Effect
from pegboard.gate.command.programs import find_row
from pegboard.gate.command.programs.uses import USES


class Option(Struct, frozen=True):
    """An option under all its names. `roles` has a letter for each value; `attached`: the value is optional and only
    ever part of the same word."""

    names: tuple[str, ...]
    roles: str = ""
    attached: bool = False
    short_bare: bool = False
    """The value belongs to the long form alone."""
    uses: tuple[str, ...] = ()


class Row(Struct, frozen=True, kw_only=True):
    """A program, or one of its subcommands (`name` then has several words)."""

    name: str
    effects: Effect = Effect.NONE
    uses: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    """sub, posix, go, raw, nohelp: how the arguments are read."""
    via: str = ""
    """The reader of what options and roles cannot express."""
    wide: Effect = Effect.READ
    """Of its subcommands, what a rule for all of them covers."""
    rest: str = ""
    """The role of words behind `--`, where it differs."""
    operands: tuple[str, ...] = ()
    options: dict[str, Option] = {}


@cache
def row_of(name: str) -> Row | None:
    """The row of a program or subcommand, None when the table does not know it."""
    text = find_row(name)
    return None if text is None else read_row(name, text)


def read_row(name: str, text: str) -> Row:
    head, *lines = text.splitlines()
    words, _, operands = head.partition("|")
    uses: list[str] = []
    flags: set[str] = set()
    settings: dict[str, str] = {}
    for word in words.split():
        key, equals, value = word.partition("=")
        if equals:
            settings[key] = value
        elif word in USES:
            uses.append(word)
        else:
            flags.add(word)
    single = "go" in flags
    options: dict[str, Option] = {}
    for token in " ".join(lines).split():
        for option in read_options(token, single=single):
            options.update(dict.fromkeys(option.names, option))
    return Row(
        name=name,
        effects=union(uses),
        uses=tuple(uses),
        flags=frozenset(flags),
        via=settings.get("via", ""),
        wide=union(settings.get("wide", "read").split(",")),
        rest=settings.get("rest", ""),
        operands=tuple(operands.split()),
        options=options,
    )


def union(names: list[str]) -> Effect:
    return reduce(or_, (USES[name].effect for name in names), Effect.NONE)


def read_options(token: str, *, single: bool) -> list[Option]:
    """The options of one word of the table: `-abc`, `-n,--lines=`, `--color?`, `-b,--backup~`, `-o=w`,
    `--exec=e!exec`, `:-Wall` for one option and not four flags, `@other` for those of another row."""
    if token.startswith("@"):
        fragment = find_row(token)
        assert fragment is not None, token
        return [
            one for part in " ".join(fragment.splitlines()[1:]).split() for one in read_options(part, single=single)
        ]
    single = single or token.startswith(":")
    body, *uses = token.removeprefix(":").split("!")
    mark = next((one for one in "?~=" if one in body), "=")
    names, mark, roles = body.partition(mark)
    roles = (roles or "t") if mark else ""
    known = tuple(names.split(","))
    attached, bare = mark in ("?", "~"), mark == "~"
    bundle = known[0][1:]
    if not single and len(known) == 1 and len(bundle) > 1 and not bundle.startswith("-"):
        return [Option((f"-{letter}",), roles, attached, bare, tuple(uses)) for letter in bundle]
    return [Option(known, roles, attached, bare, tuple(uses))]
