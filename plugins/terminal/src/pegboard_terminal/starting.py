"""The order of a start: settings, the terminal, a first paint, and only then what takes long to import."""

from collections.abc import Mapping

from pegboard_terminal import early
from pegboard_terminal.front import Front
from pegboard_terminal.settings import settings_of
from pegboard_terminal.tty import Tty


def start(front: Front, environ: Mapping[str, str]) -> None:
    """Be the front-end until it ends. Raises NotReady without a terminal, InvalidParams for a setting that is wrong."""
    settings = settings_of(front.settings)
    plain = settings.plain or environ.get("TERM", "dumb") == "dumb"
    with Tty() as tty:
        if plain:
            from pegboard_terminal.plain import run as run_plain  # noqa: PLC0415 - one of the two is needed

            run_plain(front, tty)
            return
        early.paint(tty, front.workspace, colour=not environ.get("NO_COLOR"))
        from pegboard_terminal.running import run  # noqa: PLC0415 - 0.4 s, while the first paint stands there

        run(front, settings, tty)
