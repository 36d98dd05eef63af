"""Slash commands: what a person types to change or see a session, for every front-end the same (ADR 0018)."""

from typing import TYPE_CHECKING

from pegboard_sdk.wire.fronting import Completions, Said

if TYPE_CHECKING:
    from pegboard.board import Board
    from pegboard.cli.launch import Launch
    from pegboard.cli.slash.running import Running
    from pegboard.cli.slash.scene import Talk


class Slash:
    """The commands of one program; `run` and `complete` are what a conversation is given.

    Nothing of them is imported before one is typed: most prompts come without.
    """

    def __init__(self, started: "Launch", board: "Board") -> None:
        self._started, self._board = started, board
        self._running: Running | None = None

    async def run(self, talk: "Talk", line: str) -> Said:
        """Do what a line says; what goes wrong is said, not raised."""
        return await self._made().run(talk, line)

    async def complete(self, talk: "Talk", text: str) -> Completions:
        """What could stand at the end of a line."""
        return await self._made().complete(talk, text)

    def _made(self) -> "Running":
        from pegboard.cli.slash.running import Running  # noqa: PLC0415

        self._running = self._running or Running(self._started, self._board)
        return self._running
