"""What can stand behind a command's name, for completion."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from pegboard.cli.options import MODES
from pegboard.cli.session_files import FORMS
from pegboard.cli.slash.scene import Scene
from pegboard.cli.slash.switching import EFFORTS, THEMES, known_models
from pegboard.cli.summaries import summaries
from pegboard.sessions import Sessions

_WORDS: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "effort": (EFFORTS, ()),
    "mode": (MODES, ()),
    "theme": (THEMES, ()),
    "export": (FORMS, ()),
    "permissions": (("allow", "deny", "forget"), ("session", "project", "user")),
    "rewind": (("conversation", "files", "both"), ("conversation", "files", "both")),
    "trust": (("yes",), ()),
    "compact": (("undo",), ()),
    "codebase": (("map", "files"), ()),
}
"""What fits first, and behind that."""


def possible(scene: Scene, name: str, rest: str) -> Iterable[str]:
    """The words that fit as the last one of `rest`."""
    first = " " not in rest
    match name:
        case "model":
            return known_models(scene) if first else EFFORTS
        case "help":
            return [row.name for row in scene.rows]
        case "plugins":
            return ("enable", "disable") if first else sorted(scene.started.registry.plugins)
        case "resume":
            sessions = Sessions(scene.started.places.state)
            return [one.id for one in summaries(sessions, Path(scene.session.workspace), 50)]
    return _WORDS.get(name, ((), ()))[0 if first else 1]
