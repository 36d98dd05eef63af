"""The data of `peg demo`: a small project with a bug, and the model's side of its repair. It runs nothing."""

from pathlib import Path, PurePath
from typing import Final

import msgspec

from pegboard_sdk.wire.records import Message

PROMPT: Final = "The tests of this project fail. Find the cause, repair it, and show that the tests pass."
TEST_COMMAND: Final = ("python3", "-m", "unittest")
"""What runs the sample's tests, in its folder."""
PACE_MS: Final = 12
"""The pause before each word of the recording: the whole of it takes some three seconds."""

_HERE: Final = Path(__file__).parent


def sample_files() -> dict[str, bytes]:
    """The files of the sample by their path in it, with `/` between the parts."""
    root = _HERE / "sample"
    found = {path.relative_to(root): path for path in sorted(root.rglob("*")) if path.is_file()}
    return {name.as_posix(): path.read_bytes() for name, path in found.items() if not _is_left_over(name)}


def recorded_turns() -> tuple[Message, ...]:
    """What the model said when the sample was repaired, turn by turn."""
    return msgspec.json.decode((_HERE / "recording.json").read_bytes(), type=tuple[Message, ...])


def _is_left_over(name: PurePath) -> bool:
    """Whether a tool that looked at the sample left this behind."""
    return any(part == "__pycache__" or part.startswith(".") for part in name.parts)
