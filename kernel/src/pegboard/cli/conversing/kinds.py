"""The kind of a call that is asked about again and again, as one rule. Pure; who is asked decides, the gate judges."""

from pegboard.gate.facts import Facts


def kind_of(facts: Facts) -> str:
    """`bash(git add *)` for `git add a.py`: the program, its subcommand, and further arguments of the same effects.

    Empty for anything but one command that the table knows, for what reaches the network, whose hosts a rule would not
    name, for what runs code of its arguments or deletes, where each call is another matter, and where the rule would
    let pass effects that this call does not have, or not this call.
    """
    from pegboard.gate.command.facts import Effect  # noqa: PLC0415 - paid by the first question
    from pegboard.gate.command.pattern import CommandPattern, effects_of  # noqa: PLC0415
    from pegboard.gate.command.row import row_of  # noqa: PLC0415
    from pegboard.gate.command.verdict import PLAIN_WORD  # noqa: PLC0415

    steps = [step for command in facts.commands.values() for step in command.steps]
    if len(steps) != 1 or facts.found or facts.urls:
        return ""
    (step,), at = steps, 1
    if step.effects & (Effect.NET | Effect.SEND | Effect.EXEC | Effect.DELETE):
        return ""
    while (row := row_of(" ".join(step.words[:at]))) is not None and "sub" in row.flags and at < len(step.words):
        at += 1
    head = step.words[:at]
    if row is None or "sub" in row.flags or not all(map(PLAIN_WORD.fullmatch, head)):
        return ""
    text = f"{' '.join(head)} *"
    wider = effects_of(head) & ~(step.effects | Effect.READ)
    return "" if wider or not CommandPattern.parse(text).allows(step) else f"{facts.tool.name}({text})"
