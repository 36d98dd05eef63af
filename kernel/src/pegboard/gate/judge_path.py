"""What follows for one path: which names need a rule, which an exact one, which a person. Pure, a part of `judge`."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from pegboard.gate.autonomy import Gate
from pegboard.gate.finding import Finding, allowed, narrowed
from pegboard.gate.glob import literal
from pegboard.gate.names import DEPENDENCIES
from pegboard.gate.path import FileKind, PathFacts, Sensitivity
from pegboard.gate.policy import Policy
from pegboard.gate.rule import PathUse, use_of
from pegboard.gate.verdict import Mode, Verdict
from pegboard_sdk.wire.manifest import Access, ToolEntry


class Need(IntEnum):
    """What lets a use of a path pass below mode `full`."""

    NOTHING = 0
    EDITING = 1
    """A rule that covers it, or the gate for edits."""
    RULE = 2
    EXACT = 3
    """A rule that names exactly this path; no pattern."""
    PERSON = 4


_FORBIDDEN: Final = {
    Sensitivity.OWN: "belongs to Pegboard itself and is never written by a tool",
    Sensitivity.TOKEN: "holds keys of Pegboard itself",
    Sensitivity.DISGUISED: "is a disguised spelling of a name that is judged specially, or cannot be shown faithfully",
}
_GRAVE: Final = {
    Sensitivity.UNSHOWABLE: (Need.PERSON, "cannot be shown plainly on one line"),
    Sensitivity.SYSTEM: (Need.EXACT, "is an interface of the operating system"),
    Sensitivity.CREDENTIAL: (Need.EXACT, "may hold credentials"),
    Sensitivity.PROTECTED: (Need.EXACT, "is obeyed or executed by other tools"),
    Sensitivity.OWN: (Need.EXACT, "belongs to Pegboard itself"),
}


def path_findings(policy: Policy, tool: ToolEntry, path: PathFacts) -> Iterator[Finding]:
    """The finding about the path and those of the rules that narrow its use."""
    use = use_of(path)
    yield path_finding(policy, tool, path, use)
    yield from path_narrowings(policy, tool, path, use)


def path_narrowings(policy: Policy, tool: ToolEntry, path: PathFacts, use: PathUse) -> Iterator[Finding]:
    """What deny and ask rules say about this use of the path, in whatever tool."""
    for rule in policy.narrowing():
        if rule.binds_use(use, tool):
            yield narrowed(rule, shown(path))
        elif path.uncounted and rule.glob is not None and rule.verdict is Verdict.DENY:
            why = f"{shown(path)}: there are too many files to tell whether {rule.label} denies it under another name"
            yield Finding(Verdict.DENY, why, rule.label)


def path_finding(policy: Policy, tool: ToolEntry, path: PathFacts, use: PathUse) -> Finding:
    """What the path's own nature, the mode and the allow rules make of it."""
    writes = path.access is Access.WRITE
    if denied := forbidden(path):
        return denied
    if writes and policy.reach is Mode.PLAN:
        return Finding(Verdict.DENY, f"{shown(path)}: mode plan writes nothing")
    if policy.reach is Mode.FULL:
        return Finding(Verdict.ALLOW, "mode full")
    if writes and path.sensitivity is Sensitivity.PROTECTED and path.kind is FileKind.FOLDER:
        return Finding(Verdict.DENY, f"{shown(path)} is a protected folder; moving or replacing it would lift that")
    need, why = concern(path)
    if need is Need.NOTHING:
        return Finding(Verdict.ALLOW, f"reads {shown(path)} in the workspace")
    if need is Need.EDITING and Gate.APPLY_EDITS in policy.gates:
        return Finding(Verdict.ALLOW, f"mode {policy.reach.name.lower()} edits files of the workspace")
    if need < Need.PERSON:
        for rule in policy.of(Verdict.ALLOW):
            if (rule.names_use(use) if need is Need.EXACT else rule.covers_use(use)) and rule.names_tool(tool):
                return allowed(rule, shown(path))
    return Finding(Verdict.ASK, f"{shown(path)} {why}", remember=_remember(tool, path) if need < Need.PERSON else "")


def forbidden(path: PathFacts) -> Finding | None:
    """The finding about a use that nobody can allow."""
    own = path.access is Access.WRITE and path.sensitivity is Sensitivity.OWN
    if not own and path.sensitivity < Sensitivity.TOKEN:
        return None
    return Finding(Verdict.DENY, f"{shown(path)} {_FORBIDDEN[path.sensitivity]}")


def concern(path: PathFacts) -> tuple[Need, str]:
    """The gravest reason not to let it pass, and what would."""
    return max(_concerns(path), key=lambda found: found[0])


def _concerns(path: PathFacts) -> Iterator[tuple[Need, str]]:
    writes = path.access is Access.WRITE
    yield (Need.EDITING, "would be written") if writes else (Need.NOTHING, "")
    if path.trouble:
        yield Need.PERSON, path.trouble
    if path.kind in (FileKind.FIFO, FileKind.SOCKET, FileKind.DEVICE):
        yield Need.PERSON, f"is a {path.kind.value}, not a file"
    if path.kind is FileKind.FOLDER and path.access is not Access.LIST:
        yield Need.PERSON, "is a folder, not a file"
    if path.sensitivity in _GRAVE:
        yield _GRAVE[path.sensitivity]
    if not path.inside:
        yield Need.RULE, "is outside the workspace"
    if path.links > 1 and writes:
        yield Need.EXACT, f"has {path.links} names (hard links), and may be a file from elsewhere"
    elif path.elsewhere and DEPENDENCIES.isdisjoint(path.shown.split("/")):
        yield Need.EXACT, f"has {path.elsewhere} names (hard links) outside the workspace"


def _remember(tool: ToolEntry, path: PathFacts) -> str:
    """The rule that names only this path; empty where a rule could not name it."""
    name = path.real if path.shown.startswith("/") else f"./{path.shown}"
    return f"{tool.name}({literal(name)})" if name.isprintable() and name == name.strip() else ""


def shown(path: PathFacts) -> str:
    """The path as one line of text in which nothing is hidden."""
    return path.shown if path.shown.isprintable() else ascii(path.shown)


def effect_of(path: PathFacts) -> str:
    """What is done with the path, in words."""
    return f"{path.access.value} {shown(path)}"
