"""Seals what a session's journal holds with checkpoints, and sends them to anchors outside our reach.

A required anchor that does not take one stops the session before its next effect; an optional one is a warning, and
is left in peace for a while.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import trio
from msgspec import Struct
from msgspec.structs import replace

from pegboard.audit.anchors import TIMEOUT_S, Anchor, append, put
from pegboard.journal import Journal
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.checkpoint import Checkpoint, Deposit, Sealer, line_of
from pegboard_sdk.wire.records import AnyRecord, Closed, Genesis, Init, ToolUse

EVERY_RECORDS: Final = 64
EVERY_S: Final = 5.0
REST_S: Final = 60.0
FILE: Final = "checkpoints.jsonl"
"""Beside the journal: every checkpoint that was made. It vouches for something only where they are sealed by a key."""


class AnchorFailed(PegboardError):
    """A required anchor did not take a checkpoint; nothing may be done until one is taken."""

    code = "AUDIT_FAILED"


class Audit(Struct, frozen=True, kw_only=True):
    """What an organisation demands. `key_file` is one of another user, into which the first key of each run goes."""

    anchors: tuple[Anchor, ...] = ()
    key_file: str = ""
    genesis: Genesis = Genesis()

    def begun(self) -> "Audit":
        """The same with a name for the run that begins, where it is to be sealed."""
        named = replace(self.genesis, seal=os.urandom(8).hex())
        return replace(self, genesis=named) if self.anchors or self.key_file else self


class Notary:
    """Of one run of one session. `run` has to run beside the session; `settle` goes before every effect."""

    def __init__(self, journal: Journal, audit: Audit, warn: Callable[[str], None]) -> None:
        """Deposits the run's key. Raises AnchorFailed when that cannot be done."""
        self._journal, self._anchors, self._warn = journal, audit.anchors, warn
        self._run = audit.genesis.seal
        self._sealer = self._deposited(audit.key_file) if audit.key_file else None
        self._epoch = 0
        self._sealed = -1
        self._pressing = 0
        """The last record that must be sealed before an effect."""
        self._more = trio.Event()
        self._one_at_a_time = trio.Lock()
        self._resting: dict[Anchor, float] = {}

    def note(self, record: AnyRecord) -> None:
        """A record was written."""
        if isinstance(record, Init | Closed) or _changes(record):
            self._pressing = self._journal.seq
        self._more.set()

    async def settle(self) -> None:
        """Seal what must be sealed before an effect. The journal is durable. Raises AnchorFailed."""
        if self._pressing > self._sealed or self._journal.seq - self._sealed >= EVERY_RECORDS:
            await self.seal()

    async def seal(self) -> None:
        """Make all durable, make a checkpoint of it, hand it to every anchor at once. Raises AnchorFailed."""
        async with self._one_at_a_time:
            while not self._journal.is_durable:
                await self._journal.sync()
            seq, line = self._journal.seq, line_of(self._checkpoint())
            self._keep(line)
            failed: dict[Anchor, str] = {}
            async with trio.open_nursery() as nursery:
                for anchor in self._anchors:
                    if anchor.required or self._resting.get(anchor, 0) <= trio.current_time():
                        nursery.start_soon(self._hand, anchor, line, failed)
            self._weigh(failed)
            self._sealed = seq

    async def run(self) -> None:
        """Seal what lies unsealed for `EVERY_S`, until cancelled."""
        while True:
            await self._more.wait()
            self._more = trio.Event()
            await trio.sleep(EVERY_S)
            if self._journal.seq > self._sealed:
                with suppress(PegboardError, OSError):  # of anchors it was told, and the next `settle` raises it again
                    await self.seal()

    async def _hand(self, anchor: Anchor, line: bytes, failed: dict[Anchor, str]) -> None:
        failed[anchor] = f"no answer within {2 * TIMEOUT_S:g} s"
        with trio.move_on_after(2 * TIMEOUT_S):
            try:
                await trio.to_thread.run_sync(put, anchor, line, abandon_on_cancel=True)
            except (OSError, ValueError) as error:
                failed[anchor] = str(error)
            else:
                del failed[anchor]
                self._resting.pop(anchor, None)

    def _weigh(self, failed: dict[Anchor, str]) -> None:
        """Warn of each once, until it takes something again. Raises AnchorFailed for required ones."""
        for anchor, why in failed.items():
            if anchor not in self._resting:
                self._warn(f"the audit anchor {anchor} did not take a checkpoint: {why}")
            self._resting[anchor] = trio.current_time() + REST_S
        required = [f"{anchor}: {why}" for anchor, why in failed.items() if anchor.required]
        if required:
            raise AnchorFailed(f"a required audit anchor did not take a checkpoint: {'; '.join(required)}")

    def _checkpoint(self) -> Checkpoint:
        journal = self._journal
        now = datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        made = Checkpoint(
            session=journal.session, seq=journal.seq, hash=journal.hash, time=now, run=self._run, epoch=self._epoch
        )
        self._epoch += 1
        return made if self._sealer is None else self._sealer.seal(made)

    def _keep(self, line: bytes) -> None:
        with (self._journal.folder / FILE).open("ab", buffering=0) as file:
            file.write(line + b"\n")
            os.fsync(file.fileno())

    def _deposited(self, path: str) -> Sealer:
        key = os.urandom(32)
        try:
            append(path, line_of(Deposit(session=self._journal.session, run=self._run, key=key.hex())), secret=True)
        except OSError as error:
            raise AnchorFailed(f"the audit key could not be deposited: {error}") from error
        return Sealer(key)


def _changes(record: AnyRecord) -> bool:
    """A decision about something that is more than reading."""
    return isinstance(record, ToolUse) and not all(effect.startswith("read") for effect in record.effects or ("?",))
