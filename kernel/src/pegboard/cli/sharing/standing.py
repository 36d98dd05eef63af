"""A conversation as it stands: all that was said and not taken back, also what no longer goes to a model."""

from pathlib import Path

from msgspec import Struct

from pegboard.journal import Blobs, JournalDamaged, read
from pegboard.transcript import Transcript
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.methods import Entry
from pegboard_sdk.wire.records import Compacted, Evicted, File, Image, Init, Request


class Standing(Struct, frozen=True, kw_only=True):
    """What an export holds. Each call in `entries` has exactly one result, directly behind its message."""

    session: str
    init: Init
    begun: str
    """ISO 8601, UTC."""
    title: str
    system: str
    """What the model was last told beside the conversation; empty when none was asked, or its text is lost."""
    entries: tuple[Entry, ...]
    blobs: Blobs

    def bytes_of(self, part: Image | File, most: int) -> bytes | None:
        """What the part names; None when it is lost or has more than `most` bytes."""
        try:
            data = self.blobs.read(part.handle)
        except (OSError, PegboardError):
            return None
        return data if len(data) <= most else None


def standing(folder: Path) -> Standing:
    """Read the session in `folder`. Raises JournalDamaged, also for one without a beginning; FileNotFoundError."""
    transcript, blobs = Transcript(), Blobs(folder / "blobs")
    init, begun, handle, seq = None, "", "", 0
    for line in read(folder):
        seq, record = line.seq, line.record
        begun = begun or line.time
        if isinstance(record, Init) and init is None:
            init = record
        if isinstance(record, Request):
            handle = record.system
        if record is not None and not isinstance(record, Evicted | Compacted):
            transcript.apply(record, seq)
    if init is None:
        raise JournalDamaged(f"session {folder.name} does not begin with its Init record; `peg session repair` helps")
    for result in transcript.repairs():
        seq += 1
        transcript.apply(result, seq)
    return Standing(
        session=folder.name,
        init=init,
        begun=begun,
        title=transcript.title,
        system=_text(blobs, handle),
        entries=tuple(transcript.entries()),
        blobs=blobs,
    )


def _text(blobs: Blobs, handle: str) -> str:
    try:
        return blobs.read(handle).decode(errors="replace") if handle else ""
    except (OSError, PegboardError):
        return ""
