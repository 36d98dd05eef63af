"""The line to a front-end that is a plugin of the board. It decides nothing."""

from contextlib import AbstractAsyncContextManager

from msgspec import Raw

from pegboard.board import Board
from pegboard_sdk.wire.outgoing import OutgoingCall


class PluginLine:
    """To one instance, which is started by the first call. `desk` comes back with what it asks meanwhile."""

    def __init__(self, board: Board, instance: str, desk: object) -> None:
        self._board = board
        self._instance = instance
        self._desk = desk

    def open(self, method: str, params: Raw) -> AbstractAsyncContextManager[OutgoingCall]:
        """Call what serves the desk."""
        return self._board.open(self._instance, method, params, serving=self._desk)

    async def call(self, method: str, params: Raw) -> Raw:
        """Call what serves nothing."""
        return await self._board.call(self._instance, method, params)
