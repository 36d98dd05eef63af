"""Output in frames: everything between the beginning and the end of one reaches the terminal at once, so that nothing
flickers; a terminal that knows synchronized output waits for the end itself."""

from typing import Final, TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from pegboard_terminal.rows import Colours
from pegboard_terminal.tty import Tty

_BEGIN: Final = "\x1b[?2026h"
_END: Final = "\x1b[?2026l"
_DEPTHS: Final = {
    Colours.NONE: ColorDepth.DEPTH_1_BIT,
    Colours.BASIC: ColorDepth.DEPTH_4_BIT,
    Colours.MANY: ColorDepth.DEPTH_8_BIT,
    Colours.TRUE: ColorDepth.DEPTH_24_BIT,
}


class FramedOutput(Vt100_Output):
    """A terminal that is written to once a frame.

    It is never asked where its cursor is: answers would mix with keys.
    """

    def __init__(self, tty: Tty, file: TextIO, colours: Colours, term: str) -> None:
        def size() -> Size:
            rows, columns = tty.size()
            return Size(rows=rows, columns=columns)

        super().__init__(
            file, size, term=term, default_color_depth=_DEPTHS[colours], enable_bell=False, enable_cpr=False
        )
        self._depth = 0

    def begin(self) -> None:
        """A frame begins; they nest."""
        self._depth += 1
        if self._depth == 1:
            self.write_raw(_BEGIN)

    def end(self) -> None:
        """The outermost frame's end writes it."""
        self._depth -= 1
        if not self._depth:
            self.write_raw(_END)
            self.flush()

    def flush(self) -> None:
        """Write what is held back, unless a frame is open."""
        if not self._depth:
            super().flush()
