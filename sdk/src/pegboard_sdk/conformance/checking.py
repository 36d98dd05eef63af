"""Runs all checks on one subject, in order, and makes the report. One that does not greet is checked no further."""

import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from pegboard_sdk.conformance import calls, endings, framing, handshake, refusals, streams
from pegboard_sdk.conformance.bench import Bench, Broken, Unseen
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.conformance.grants import make_samples
from pegboard_sdk.conformance.report import Finding, Report, State, report_of
from pegboard_sdk.conformance.subject import Subject

CHECKS: Final = (
    *handshake.CHECKS,
    *framing.CHECKS,
    *refusals.CHECKS,
    *calls.CHECKS,
    *streams.CHECKS,
    *endings.CHECKS,
)
"""In the order in which they run; the last ones look back on all connections."""


def check(subject: Subject, *, seed: int = 0, calls: int = 200, only: Collection[str] = ()) -> Report:
    """Check a plugin.

    calls: random calls in all; seed: what they are drawn from; only: names of checks, empty for all.
    Raises OSError when the command cannot be started.
    """
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="pegboard-conformance-") as folder:
        make_samples(Path(folder))
        bench = Bench(subject, Path(folder), seed=seed, calls=calls)
        for each in CHECKS:
            if only and each.name not in only:
                continue
            findings.append(_run(each, bench))
            if each is CHECKS[0] and findings[0].state is State.FAILED:
                break
    return report_of(subject.manifest.id, findings)


def _run(each: Check, bench: Bench) -> Finding:
    bench.check = each.name
    since = time.monotonic()
    state, detail = State.PASSED, ""
    try:
        each.run(bench)
    except Broken as broken:
        state, detail = State.FAILED, str(broken)
    except Unseen as unseen:
        state, detail = State.SKIPPED, str(unseen)
    seconds = time.monotonic() - since
    return Finding(check=each.name, says=each.says, state=state, detail=detail, seconds=seconds)
