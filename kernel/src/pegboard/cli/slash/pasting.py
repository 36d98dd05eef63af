"""`/paste`: the image that is in the clipboard, as a file that the next prompt mentions. Front-ends may run nothing."""

import atexit
import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import trio

from pegboard.cli.mentions.words import written
from pegboard.cli.slash.scene import Scene
from pegboard.gate.command.location import locate, search_path
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.wire.fronting import Said

PATIENCE_S: Final = 10.0
MOST_BYTES: Final = 20 << 20
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_READERS: Final = (
    ("WAYLAND_DISPLAY", ("wl-paste", "--no-newline", "--type", "image/png")),
    ("DISPLAY", ("xclip", "-selection", "clipboard", "-target", "image/png", "-out")),
    ("HOME", ("pngpaste", "-")),
)
"""The variable without which there is nothing to ask, and who asks."""
NO_PROGRAM: Final = (
    "no program here reads images from the clipboard: install wl-clipboard (Wayland), xclip (X11) or pngpaste (macOS), "
    "or drag the image's file here, or mention it with @"
)


async def paste(scene: Scene, rest: str) -> Said:
    """Read the clipboard, as the person's order; raises NotFound without a program, or an image."""
    entries = search_path(os.environ.get("PATH", ""), scene.session.workspace)
    readers = [
        (program, *options)
        for needs, (name, *options) in _READERS
        if os.environ.get(needs) and (program := locate(name, entries))
    ]
    if not readers:
        raise NotFound(NO_PROGRAM)
    for argv in readers:
        image = await _read(argv)
        if len(image) > MOST_BYTES:
            raise InvalidParams(f"the clipboard's image has {len(image)} bytes; {MOST_BYTES} are taken")
        if image.startswith(_PNG):
            return Said(draft=_mention(image))
    raise NotFound(f"there is no image in the clipboard, says {os.path.basename(readers[-1][0])}")


async def _read(argv: tuple[str, ...]) -> bytes:
    """What it writes; nothing where it takes too long, or cannot be run."""
    with trio.move_on_after(PATIENCE_S):
        try:
            return (
                await trio.run_process(argv, capture_stdout=True, stderr=subprocess.DEVNULL, check=False, cwd="/")
            ).stdout
        except OSError:
            return b""
    return b""


def _mention(image: bytes) -> str:
    """A temporary file of the person's, which is no place of ours, so that mentioning it is enough to read it."""
    with tempfile.NamedTemporaryFile(prefix="pasted-", suffix=".png", delete=False) as file:
        file.write(image)
    atexit.register(partial(Path(file.name).unlink, missing_ok=True))
    return written(file.name)
