"""Commands that write something for the person: exports, shared files, the clipboard, long outputs, configuration."""

from collections.abc import Iterator
from pathlib import Path

import trio

from pegboard.cli.editing import set_value
from pegboard.cli.listing import get, listed, written
from pegboard.cli.settings import load_config
from pegboard.cli.show import safe
from pegboard.cli.slash.scene import Scene
from pegboard.config import Layer
from pegboard_sdk.errors import Conflict, InvalidParams, NotFound
from pegboard_sdk.wire.fronting import Said
from pegboard_sdk.wire.records import Message, Role, Text


def _place(scene: Scene, name: str) -> Path:
    """Where a person means a file to be: as from the workspace."""
    return scene.started.workspace / Path(name).expanduser()


async def export(scene: Scene, rest: str) -> Said:
    """The conversation in a new file."""
    from pegboard.cli.sharing.export import ENDINGS, FORMATS  # noqa: PLC0415 - only who exports pays
    from pegboard.cli.sharing.export import export as exported  # noqa: PLC0415

    words = rest.split(maxsplit=1)
    forms = (*FORMATS, "journal")
    form = words[0] if words and words[0] in forms else "markdown"
    named = words[1] if len(words) > 1 else words[0] if words and words[0] not in forms else ""
    if len(words) > 1 and words[0] not in forms:
        raise InvalidParams(f"{words[0]!r} is no format; there are {', '.join(forms)}")
    file = _place(scene, named or f"session-{scene.session.id}.{ENDINGS.get(form, 'json')}")
    await scene.session.settle()
    pieces = await trio.to_thread.run_sync(lambda: list(exported(scene.session.journal.folder, form)))
    try:
        with file.open("xb") as opened:
            opened.writelines(pieces)
    except FileExistsError as error:
        raise Conflict(f"{file} exists; name another file") from error
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    return Said(text=f"written to {file}")


async def share(scene: Scene, rest: str) -> Said:
    """The whole session in one file."""
    from pegboard.cli.sharing.bundle import share as shared  # noqa: PLC0415

    file = _place(scene, rest or f"session-{scene.session.id}.peg")
    await scene.session.settle()
    try:
        count = await trio.to_thread.run_sync(shared, scene.session.journal.folder, file)
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    said = "whoever has the file can read all of them, `peg session import` takes it in"
    return Said(text=f"{count} records written to {file}; {said}")


async def copy(scene: Scene, rest: str) -> Said:
    """An answer of the model, for the clipboard of whoever sits at the front-end."""
    if rest and not rest.isdecimal():
        raise InvalidParams("`/copy` copies the last answer, `/copy N` the Nth from the end")
    answers = [
        text for entry in scene.session.transcript.entries() if isinstance(entry, Message) and (text := _answer(entry))
    ]
    number = max(1, int(rest or 1))
    if number > len(answers):
        raise NotFound(f"there are {len(answers)} answers")
    return Said(text=f"{len(answers[-number])} characters copied", copy=answers[-number])


def _answer(message: Message) -> str:
    texts = [part.text for part in message.parts if isinstance(part, Text)]
    return "".join(texts) if message.role is Role.ASSISTANT else ""


async def artifacts(scene: Scene, rest: str) -> Said:
    """What was too long for the context is kept whole; a person may have it as a file."""
    blobs = scene.session.journal.blobs
    handle, _, name = rest.partition(" ")
    if not handle:
        rows = [f"{each[:12]}  {(blobs.folder / each).stat().st_size:,} bytes" for each in blobs]
        return Said(
            text="\n".join(rows) + "\n`/artifacts HANDLE FILE` writes one"
            if rows
            else "nothing is kept beside the journal yet"
        )
    if not name.strip():
        raise InvalidParams("give a file too: `/artifacts HANDLE FILE`")
    file = _place(scene, name.strip())
    data = blobs.read(handle)
    try:
        with file.open("xb") as opened:
            opened.write(data)
    except FileExistsError as error:
        raise Conflict(f"{file} exists; name another file") from error
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    return Said(text=f"{len(data):,} bytes written to {file}")


async def config(scene: Scene, rest: str) -> Said:
    """The user's configuration; what a program was started with stays in force until it ends."""
    key, _, value = rest.partition(" ")
    places = scene.started.places
    if key and value.strip():
        set_value(places.user_config, key, value.strip())
        return Said(text=f"{key} set in {places.user_config}; in force from the next start on (`peg -c`)")
    if key:
        found = get(load_config(places, {}), key)
        return Said(text=found if isinstance(found, str) else written(found))
    return Said(text="\n".join(_set(scene)))


def _set(scene: Scene) -> Iterator[str]:
    for entry in listed(scene.started.config):
        if entry.source.layer is not Layer.DEFAULT:
            yield safe(f"{entry.key} = {written(entry.value)}  # {entry.source}")
    yield f"everything else has its default; `/config KEY` shows one, the file is {scene.started.places.user_config}"
