"""From a call's arguments to facts: the gate's only look at the world. Decides nothing, runs and creates nothing."""

from collections.abc import Iterator
from typing import Any, Final

from pegboard.gate.facts import Facts
from pegboard.gate.glob import below_folder, caseless, literal
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.url import look_at_host, look_at_url
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import Access, Subject, SubjectKind, ToolEffect, ToolEntry

MAX_ITEMS: Final = 128
"""Of one list parameter; each holds two descriptors."""
OUTPUT: Final = "output:"
_FILES: Final = (SubjectKind.FILE, SubjectKind.DIR)


def resolve(tool: ToolEntry, arguments: JsonObject, place: Place, policy: Policy) -> Facts:
    """What the call names, held open until the facts are closed. Never raises for what the arguments say."""
    facts = Facts(tool, root=place.root_path, home=place.home)
    try:
        for subject in tool.subjects:
            for item in _items(subject, arguments, facts):
                _look(facts, subject, item, place, policy)
    except BaseException:
        facts.close()
        raise
    return facts


def _items(subject: Subject, arguments: JsonObject, facts: Facts) -> Iterator[tuple[str, str]]:
    """Each text that the parameter holds. A folder that is not named is the workspace."""
    value: Any = arguments.get(subject.param)
    if value is None and subject.kind is SubjectKind.DIR:
        value = "."
    if value is None:
        return
    facts.covered |= _effects(subject)
    items = [(f"{subject.param}[{i}]", item) for i, item in enumerate(value)] if isinstance(value, list) else None
    if items is not None and len(items) > MAX_ITEMS:
        facts.wrong = f"`{subject.param}` names {len(items)} things; name at most {MAX_ITEMS} in one call"
        return
    for key, item in items if items is not None else [(subject.param, value)]:
        if isinstance(item, str):
            yield key, item
        else:
            facts.wrong = f"`{key}` must be text, and is {type(item).__name__}"


def _effects(subject: Subject) -> set[ToolEffect]:
    """What a parameter of this kind accounts for."""
    if subject.kind is SubjectKind.COMMAND:
        return set(ToolEffect)
    if subject.kind in _FILES:
        return {ToolEffect.READ, ToolEffect.WRITE} if subject.access is Access.WRITE else {ToolEffect.READ}
    return {ToolEffect.NET}


def _look(facts: Facts, subject: Subject, item: tuple[str, str], place: Place, policy: Policy) -> None:
    key, value = item
    if subject.kind is SubjectKind.COMMAND:
        from pegboard.gate.command.resolve import resolve_command  # noqa: PLC0415 - paid by the first command

        facts.commands[key] = resolve_command(value, place, path=place.program_path)
    elif subject.kind is SubjectKind.URL:
        facts.urls[key] = look_at_url(value)
    elif subject.kind is SubjectKind.HOST:
        facts.urls[key] = look_at_host(value)
    elif value.startswith(OUTPUT) and subject.kind is SubjectKind.FILE and subject.access is Access.READ:
        _look_at_output(facts, key, value.removeprefix(OUTPUT), place)
    else:
        access = Access.LIST if subject.kind is SubjectKind.DIR and subject.access is Access.READ else subject.access
        found = place.find(value, access=access)
        facts.found[key] = found
        if access is Access.LIST:
            facts.hidden[key] = (*policy.hides(found.facts), *_other_names(found.facts.real, place, policy))


def _look_at_output(facts: Facts, key: str, handle: str, place: Place) -> None:
    try:
        facts.outputs[key] = (handle, place.open_output(handle))
    except (PegboardError, OSError) as error:
        facts.wrong = f"`{OUTPUT}{handle}` is no result of this session: {error}"


def _other_names(folder: str, place: Place, policy: Policy) -> Iterator[str]:
    """Hard links below `folder` to files that a deny rule names: they would show the same content."""
    for plain in policy.denied_files():
        for name in place.look(plain).names:
            below = below_folder(name, folder)
            if below:
                yield f"/{caseless(literal(below))}"
