"""What a run's audit rests on: the anchors that the managed policy names, and the hashes of what was in force."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pegboard.audit.anchors import Anchor, Kind
from pegboard.audit.notary import Audit
from pegboard.policy import Managed
from pegboard_sdk.wire.records import Genesis


def audit_of(managed: Managed, *, policy: Iterable[str], lock: Iterable[str], tier: str) -> Audit:
    """`policy` and `lock` are the files in force. Raises OSError when one of them cannot be read any more."""
    demand = managed.audit
    anchors = (
        Anchor(kind=Kind(one.kind), target=one.url or one.path, required=demand.required) for one in demand.anchor
    )
    genesis = Genesis(policy_sha256=_sha256(policy), lock_sha256=_sha256(lock), tier=tier)
    return Audit(anchors=tuple(anchors), key_file=demand.key_file, genesis=genesis)


def _sha256(files: Iterable[str]) -> str:
    """Of their contents, one after another; empty where there is none."""
    contents = [Path(file).read_bytes() for file in files]
    return hashlib.sha256(b"".join(contents)).hexdigest() if contents else ""
