"""What an allowed command needs beyond the closed room: no network, protected names shut, nothing outside. Pure."""

from collections.abc import Iterator

from pegboard.gate.command.facts import CommandFacts, Effect, StepFacts
from pegboard.gate.command.location import is_below
from pegboard.gate.command.tree import is_protected
from pegboard.gate.path import Sensitivity
from pegboard.gate.url import UrlFacts
from pegboard.gate.verdict import Need
from pegboard_sdk.wire.manifest import Access

NETWORK: Effect = Effect.NET | Effect.SEND | Effect.INSTALL


def command_needs(facts: CommandFacts, *, in_room: bool = False) -> tuple[Need, ...]:
    """Sorted, each once. `in_room`: programs that are not known were let pass because they run in the closed room."""
    needs = {need for step in facts.steps for need in step_needs(step, facts.root, in_room=in_room)}
    return (Need.OUTSIDE,) if facts.trouble else tuple(sorted(needs))


def step_needs(step: StepFacts, root: str, *, in_room: bool = False) -> Iterator[Need]:
    """What one program with its arguments needs, and what it runs in turn."""
    for one in step.all():
        effects = one.own_effects
        if effects & NETWORK:
            yield Need.NETWORK
        if effects & Effect.REPO or writes_protected(one, root) or (one.argv[0] == "git" and effects & Effect.CONFIG):
            yield Need.PROTECTED
        is_unclear = not in_room and (one.opaque or is_unknown(one, root))
        if effects & Effect.HOST or is_unclear or any(not path.inside for path in one.paths):
            yield Need.OUTSIDE


def command_hosts(facts: CommandFacts) -> tuple[str, ...]:
    """The only hosts that are contacted, empty where they are not all known."""
    hosts: dict[str, None] = {}
    for step in facts.all():
        named = [_place(target.url) for target in step.targets]
        if step.own_effects & NETWORK and (not all(named) or not named):
            return ()
        hosts.update(dict.fromkeys(named))
    return tuple(hosts)


def _place(url: UrlFacts) -> str:
    """The host, with its port where that is no web server's or the host is this machine's or its neighbour's; empty
    where the host is not known."""
    named = url.host and url.port and (url.local or url.port not in (80, 443))
    return (f"[{url.host}]:{url.port}" if ":" in url.host else f"{url.host}:{url.port}") if named else url.host


def writes_protected(step: StepFacts, root: str) -> bool:
    """Whether a name that other tools obey is written, moved or removed."""
    written = (below.path for below in step.below if below.access is Access.WRITE)
    return any(path.access is Access.WRITE and path.sensitivity is Sensitivity.PROTECTED for path in step.paths) or any(
        is_protected(path[len(root) :] if is_below(path, root) else path) for path in written
    )


def is_unknown(step: StepFacts, root: str) -> bool:
    """Whether nobody knows what the program is: not in the table, or spelt as a path that leads out."""
    return not (is_below(step.program, root) if "/" in step.argv[0] else step.known or step.by_project)
