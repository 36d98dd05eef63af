"""`/context`: what each part of the next request costs, in tokens, about. `/compact`: make it cost less."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from pegboard.cli.slash.offered import missing
from pegboard.cli.slash.scene import Scene
from pegboard.compacting import FULL, STEP
from pegboard.journal import read
from pegboard.models.prompt import parts
from pegboard.transcript.tokens import size_of
from pegboard_sdk.errors import InvalidParams, NotFound, PegboardError
from pegboard_sdk.wire.fronting import Said
from pegboard_sdk.wire.records import Compacted, Request, Role, ToolResult


async def context(scene: Scene, rest: str) -> Said:
    """The price of the system prompt, of the tools by plugin, of messages and of results."""
    rows = [(name, price) for name, price in prices(scene) if price]
    status = scene.talk.status()
    size = scene.started.config.settings.models
    most = next((model.context for name, model in size.items() if name == status.model and model.context), 0)
    total = sum(price for _, price in rows)
    widest = max((price for _, price in rows), default=1)
    lines = [f"{name:40} {price:8,}  {'▇' * max(1, round(24 * price / widest))}" for name, price in rows]
    share = f" of {most:,} ({total * 100 // most} %)" if most else ""
    return Said(text="\n".join([*lines, f"{'in all, about':40} {total:8,}{share}"]))


def prices(scene: Scene) -> Iterator[tuple[str, int]]:
    """Each part with its tokens, estimated at the ratio that the provider's counts taught."""
    transcript = scene.session.transcript
    estimate = transcript.estimator.estimate
    for name, text in system_parts(scene):
        yield f"system prompt: {name}", estimate(len(text.encode()))
    tools: Counter[str] = Counter()
    for tool in scene.talk.agent.dispatcher.toolbox.tools.values():
        tools[tool.plugin] += len(msgspec.json.encode(tool.spec))
    for plugin, size in tools.most_common():
        yield f"tools of {plugin}", estimate(size)
    kinds: Counter[str] = Counter()
    for entry in transcript.entries():
        kinds["results of tools" if isinstance(entry, ToolResult) else _WHO[entry.role]] += size_of(entry)
    for kind, size in kinds.most_common():
        yield kind, estimate(size)


_WHO = {Role.USER: "your messages", Role.ASSISTANT: "the model's messages", Role.SYSTEM: "notes of the system"}


def system_parts(scene: Scene) -> Iterator[tuple[str, str]]:
    """The system prompt by part and owner; what else was last sent are the parts that plugins gave."""
    known = parts(scene.session.workspace, scene.talk.start.additions)
    sent = _sent(scene)
    for part in known:
        yield f"{part.name} ({part.owner})", part.text
        sent = sent.replace(part.text, "", 1)
    yield "parts of plugins", sent.strip()


async def compact(scene: Scene, rest: str) -> Said:
    """Make the conversation shorter now, so that what is named stays above all; or take the last time back."""
    if scene.talk.busy:
        raise InvalidParams("something runs; interrupt it first (Esc, Ctrl-C)")
    room, session = scene.talk.agent.room, scene.session
    if rest == "undo":
        return await _undone(scene)
    if not room.hooks.has("compact"):
        raise NotFound(missing("compact", "compact"))
    before, context = room.model.tokens, room.model.target.context
    why = "it was interrupted"
    try:
        with session.interruptible():
            why = await room.shorten(min(before - 1, int(FULL * context) or before), "a person asked for it", rest)
    finally:
        session.idle()
    return Said(text=why or f"about {before:,} tokens became {room.model.tokens:,}", failed=bool(why))


async def _undone(scene: Scene) -> Said:
    """What the last compaction took comes back; what was said since stays."""
    room, session = scene.talk.agent.room, scene.session
    last, before = session.transcript.compaction, room.model.tokens
    if not last:
        raise NotFound("nothing is compacted here")
    session.record(Compacted(through=0, undoes=last, reason="/compact undo"))
    await session.settle()
    used, context = room.model.tokens, room.model.target.context
    fits = used <= context or not context
    room.quiet = used + STEP * context if fits else 0.0
    more = "" if fits else f"; the model takes {context:,}, so the next request compacts again: `/model` asks another"
    return Said(text=f"about {before:,} tokens became {used:,} again{more}")


def _sent(scene: Scene) -> str:
    """What was last sent; empty before the first request."""
    journal, handle = scene.session.journal, ""
    for line in read(journal.folder):
        if isinstance(line.record, Request):
            handle = line.record.system
    try:
        return journal.blobs.read(handle).decode(errors="replace") if handle else ""
    except (OSError, PegboardError):
        return ""
