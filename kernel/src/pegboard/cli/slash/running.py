"""Runs and completes what a person types behind a slash: ours first, then plugins', then people's own."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from pegboard.board import Board
from pegboard.cli.launch import Launch
from pegboard.cli.mentions.completing import Files
from pegboard.cli.mentions.words import unfinished
from pegboard.cli.slash.arguments import possible
from pegboard.cli.slash.offered import run_command
from pegboard.cli.slash.scene import Ground, Row, Scene, Talk
from pegboard.cli.slash.table import COMMANDS, Command, by_name
from pegboard.cli.slash.typed import nearest, parsed
from pegboard.cli.slash.yours import YOURS, Template, templates
from pegboard.fronts.orders import BY
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.fronting import Completion, Completions, Prompted, Said
from pegboard_sdk.wire.records import Commanded

MOST: Final = 50


class Running:
    """The commands of one program, at work."""

    def __init__(self, started: Launch, board: Board) -> None:
        self._ground = Ground(started, board)
        self._ours: Mapping[str, Command] = by_name()
        self._files = Files()

    async def run(self, talk: Talk, line: str) -> Said:
        """Do what a line says; what goes wrong is said, not raised. A line that begins with a path is a prompt."""
        typed = parsed(line)
        if typed is None or (typed.name not in self._names() and _is_path(line)):
            await talk.prompt(Prompted(text=line))
            return Said()
        try:
            return await self._done(Scene(self._ground, talk, self.rows()), typed.name, typed.rest)
        except PegboardError as error:
            return Said(text=error.message, failed=True)
        except OSError as error:
            return Said(text=f"{error.filename or f'/{typed.name}'}: {error.strerror or error}", failed=True)

    async def _done(self, scene: Scene, name: str, rest: str) -> Said:
        ours, offered, own = self._ours.get(name), self._ground.started.registry.commands, self._own()
        if ours is not None:
            is_theirs = bool(ours.plugin) and (ours.name in offered.available or ours.act is None)
            if ours.is_change(rest):
                await _journal(scene, ours.name, rest, ours.plugin if is_theirs else "")
            if is_theirs or ours.act is None:
                return Said(text=await run_command(scene, ours.name, rest, of=ours.plugin))
            return await ours.act(scene, rest)
        if name in offered.available or name in offered.clashes:
            offer = offered.find(name)
            await _journal(scene, name, rest, offer.plugin)
            return Said(text=await run_command(scene, name, rest))
        if name in own:
            # What stands in a folder's file, no person typed: it is nobody's order.
            by = BY if own[name].source == YOURS else ""
            await scene.talk.prompt(Prompted(text=own[name].prompt(rest)), by=by)
            return Said()
        close = nearest(name, self._names())
        said = f"no command /{name}; {f'did you mean /{close}? ' if close else ''}/help lists them"
        return Said(text=said, failed=True)

    def _own(self) -> Mapping[str, Template]:
        return templates(self._ground.started.places, self._ground.started.taken.obeyed.files)

    def _names(self) -> Iterator[str]:
        yield from self._ours
        yield from self._ground.started.registry.commands.available
        yield from self._own()

    def rows(self) -> tuple[Row, ...]:
        """Every command that there is: ours, then plugins', then people's own."""
        offers = self._ground.started.registry.commands.available
        theirs = [
            Row(name, offer.entry.summary, source=f"plugin {offer.plugin}")
            for name, offer in offers.items()
            if name not in self._ours
        ]
        own = [
            Row(name, one.about, arguments=one.arguments, source=one.source)
            for name, one in self._own().items()
            if name not in self._ours and name not in offers
        ]
        return (*(command.row for command in COMMANDS), *theirs, *own)

    async def complete(self, talk: Talk, text: str) -> Completions:
        """What could stand at the end of a line: a file that is mentioned, or what belongs to a command."""
        if (mention := unfinished(text)) is not None:
            return Completions(items=await self._files.complete(talk.agent, mention))
        if not text.startswith("/"):
            return Completions()
        head, space, rest = text.partition(" ")
        if space:
            ours = self._ours.get(head[1:].lower())
            word = rest.rpartition(" ")[2]
            found = possible(Scene(self._ground, talk, self.rows()), ours.name, rest) if ours is not None else ()
            items = [Completion(insert=each, replaces=len(word)) for each in found if each.startswith(word)]
            return Completions(items=tuple(items[:MOST]))
        wanted = head[1:].lower()
        items = [
            Completion(
                insert=f"/{name} " if row.arguments else f"/{name}",
                replaces=len(text),
                label=f"/{name}",
                about=row.about,
            )
            for row in self.rows()
            for name in (
                [row.name] if row.name.startswith(wanted) else [a for a in row.aliases if a.startswith(wanted)]
            )
        ]
        return Completions(items=tuple(items[:MOST]))


def _is_path(line: str) -> bool:
    return os.path.exists(line.split(maxsplit=1)[0])


async def _journal(scene: Scene, name: str, rest: str, plugin: str) -> None:
    """Durable before it is done."""
    scene.session.record(Commanded(command=name, text=rest, plugin=plugin))
    await scene.session.settle()
