"""What the words of the table mean: the effect of a row or an option, and how grave it is."""

from typing import Final

from msgspec import Struct

from pegboard.gate.command.facts import Effect, Weight


class Use(Struct, frozen=True):
    """What an option or a program does just by being there."""

    effect: Effect = Effect.NONE
    weight: Weight = Weight.PLAIN
    why: str = ""


USES: Final = {
    "none": Use(),
    "read": Use(Effect.READ),
    "write": Use(Effect.WRITE),
    "delete": Use(Effect.DELETE),
    "repo": Use(Effect.REPO),
    "run": Use(Effect.RUN),
    "net": Use(Effect.NET),
    "send": Use(Effect.SEND),
    "install": Use(Effect.INSTALL),
    "host": Use(Effect.HOST),
    "tree": Use(),
    "follow": Use(),
    "exec": Use(Effect.EXEC, Weight.CONFINED, "runs another program"),
    "code": Use(Effect.EXEC, Weight.CONFINED, "loads code that is named there"),
    "config": Use(Effect.CONFIG, Weight.CONFINED, "changes settings that decide what runs"),
    "outside": Use(Effect.READ, Weight.DOUBT, "reads files that are not named"),
    "ask": Use(Effect.NONE, Weight.DOUBT, "is covered by no rule with *"),
    "secret": Use(Effect.SECRET, Weight.DANGER, "shows the environment or credentials"),
}
