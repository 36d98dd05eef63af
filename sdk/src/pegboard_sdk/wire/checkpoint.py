"""Checkpoints: what an anchor outside keeps of a session's journal, and how they are held against it. Pure.

Each names a record by number and hash, and so all before it. With a key each is sealed by the key of its own epoch:
k(0) is deposited with the auditor, k(n+1) = SHA-256(label ‖ k(n)), and k(n) is erased once it has sealed epoch n. Who
takes over the writer later holds only later keys, and can seal nothing as earlier.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

_LABEL: Final = b"pegboard checkpoint epoch\0"


class Checkpoint(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="pegboard", tag="checkpoint"):
    """Record `seq` of the journal had this hash. `epoch` counts the checkpoints of a `run`, from 0."""

    session: str
    seq: int
    hash: str
    time: str
    run: str
    epoch: int = 0
    mac: str = ""


class Deposit(Struct, frozen=True, kw_only=True, tag_field="pegboard", tag="key"):
    """The first key of a run, in hexadecimal, for the auditor alone."""

    session: str
    run: str
    key: str


_decoder: Final = msgspec.json.Decoder(Checkpoint | Deposit)


def line_of(value: Checkpoint | Deposit) -> bytes:
    """One line, without its end."""
    return msgspec.json.encode(value)


def read_lines(lines: Iterable[bytes]) -> Iterator[Checkpoint | Deposit]:
    """What is in an anchor's lines; whatever a log writes before it, and foreign lines, are passed over."""
    for line in lines:
        at = line.find(b'{"pegboard":')
        if at >= 0:
            try:
                yield _decoder.decode(line[at:].strip())
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue


class Sealer:
    """Holds the key of the present epoch, and no other."""

    def __init__(self, key: bytes) -> None:
        self._key = bytearray(key)
        self.epoch = 0

    def seal(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint of this epoch, sealed; its key is overwritten by the next one."""
        sealed = _sealed(replace(checkpoint, epoch=self.epoch), self._key)
        self._key[:] = _next(self._key)
        self.epoch += 1
        return sealed


def _next(key: bytes | bytearray) -> bytes:
    return hashlib.sha256(_LABEL + key).digest()


def _sealed(checkpoint: Checkpoint, key: bytes | bytearray) -> Checkpoint:
    mac = hmac.digest(key, line_of(replace(checkpoint, mac="")), "sha256").hex()
    return replace(checkpoint, mac=mac)


class Findings(Struct, frozen=True):
    """`anchored` is the last record that a checkpoint vouches for; `faults` is whatever contradicts the journal."""

    anchored: int
    faults: tuple[str, ...]


def compare(
    hashes: Sequence[str], vouched: Iterable[Checkpoint], local: Iterable[Checkpoint], keys: Mapping[str, bytes]
) -> Findings:
    """Hold the journal's hashes (record 1 first) against checkpoints of outside and those beside the journal.

    Local ones vouch for something only where they are sealed by a key. `keys` has the first key of each run.
    """
    vouched = list(vouched)
    every = list(dict.fromkeys([*vouched, *local]))
    faults = [fault for one in every if (fault := _mismatch(one, hashes))]
    runs = {one.run: [each for each in every if each.run == one.run] for one in every}
    anchored = 0 if keys else max((one.seq for one in vouched), default=0)
    for run, checkpoints in runs.items():
        wrong = list(_of_run(run, sorted(checkpoints, key=lambda one: (one.epoch, one.seq)), keys.get(run)))
        if keys and run not in keys:
            wrong.append(f"run {run}: no key of it was deposited")
        if run in keys and not wrong:
            anchored = max(anchored, *(one.seq for one in checkpoints))
        faults += wrong
    return Findings(min(anchored, len(hashes)), tuple(faults))


def _mismatch(one: Checkpoint, hashes: Sequence[str]) -> str:
    if one.seq > len(hashes):
        return f"records {len(hashes) + 1} to {one.seq} are missing: they were there at {one.time}"
    if one.seq < 1 or hashes[one.seq - 1] != one.hash:
        return f"record {one.seq}, or one before it, is not the one that was there at {one.time}"
    return ""


def _of_run(run: str, checkpoints: Sequence[Checkpoint], key: bytes | None) -> Iterator[str]:
    """What is wrong with the checkpoints of one run, in the order of their epochs."""
    for before, after in pairwise(checkpoints):
        if before.epoch == after.epoch:
            yield f"run {run}: two checkpoints of epoch {after.epoch}"
        elif before.seq > after.seq or before.time > after.time:
            yield f"run {run}: epoch {after.epoch} is about an earlier time than epoch {before.epoch}"
    if key is None:
        return
    have = {one.epoch for one in checkpoints}
    missing = [epoch for epoch in range(len(checkpoints)) if epoch not in have]
    if missing:
        yield f"run {run}: the checkpoint of epoch {missing[0]} is missing"
        return
    for one in checkpoints:
        # The key of its own epoch and no other: a later key must not vouch for what came before it.
        if not hmac.compare_digest(one.mac, _sealed(one, key).mac):
            yield f"run {run}: epoch {one.epoch} was not sealed with the key of that epoch"
        key = _next(key)
