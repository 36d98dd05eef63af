"""Prompts that were acknowledged and that the agent has not heard: kept beside the journal while they wait.

When the process ends before they went in, the next one that holds the session says so, with their words, and gives
them back: nothing that a person said long ago goes in unasked.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.fronts.conversation import Conversation
from pegboard.fronts.waiting import Waiting
from pegboard.journal import JournalFailed
from pegboard.places import replacing
from pegboard.session import Session
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import Message, Text

FILE: Final = "waiting.json"


class Unheard(Struct, frozen=True):
    """What was going in and what waited behind it, oldest first; `prompts` had been heard before all of it."""

    prompts: int
    texts: tuple[str, ...]


class Keeping:
    """Keeps what waits in a conversation that is held, whichever session it holds by then."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        session = conversation.agent.session
        self._folder = session.journal.folder
        self._kept = Unheard(session.transcript.account.prompts, ())

    def keep(self, going: Sequence[str], waiting: Sequence[str]) -> None:
        """Let these, and no others, outlive this process. Raises JournalFailed where one more cannot be kept."""
        session = self._conversation.agent.session
        folder = session.journal.folder
        heard = self._kept.prompts if going and folder == self._folder else session.transcript.account.prompts
        now, before = Unheard(heard, (*going, *waiting)), self._kept.texts
        if folder == self._folder and now.texts == before:
            self._kept = now
            return
        if folder != self._folder:
            forget(self._folder)
        try:
            write(folder, now)
        except OSError as error:
            if len(now.texts) > len(before):
                raise JournalFailed(f"{folder}: {error.strerror}; what you said is not taken") from error
        self._folder, self._kept = folder, now


def write(folder: Path, unheard: Unheard) -> None:
    """Keep it with the session in `folder`; nothing of it when nothing waits. Raises OSError."""
    if not unheard.texts:
        forget(folder)
        return
    with replacing(folder / FILE) as file:
        file.write(msgspec.json.encode(unheard))


def forget(folder: Path) -> None:
    """Nothing waits there any more."""
    with suppress(OSError):
        (folder / FILE).unlink()


async def give_back(session: Session, waiting: Waiting) -> list[str]:
    """A session was opened: what an earlier process left unheard in it is recorded, and can be taken back."""
    found = _read(session.journal.folder)
    waiting.left = left_of(found, session.transcript)
    notes = [f"said, but not heard before the program ended: {text}" for text in waiting.left]
    for note in notes:
        session.fail("UNHEARD", note)
    if found.texts:
        await session.settle()
        forget(session.journal.folder)
    return notes


def _read(folder: Path) -> Unheard:
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Unheard)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Unheard(0, ())


def left_of(found: Unheard, transcript: Transcript) -> list[str]:
    """Of what was kept, what did not go in after all."""
    heard = Counter(_typed(unit.message) for unit in transcript.requests() if unit.prompt > found.prompts)
    left = []
    for text in found.texts:
        if heard[text]:
            heard[text] -= 1
        else:
            left.append(text)
    return left


def _typed(message: Message) -> str:
    return next((part.text for part in message.parts if isinstance(part, Text) and not part.origin), "")
