"""What it costs to look for secrets in everything that is written, beside hashing the same bytes.

Run it with `python tests/bench/redaction.py`.
"""

import hashlib
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import planting  # noqa: E402

from pegboard.secrets.redaction import Redactor  # noqa: E402

REPEATS = 5
KNOWN = 1000


def mb_per_s(work: Callable[[bytes], object], data: bytes) -> float:
    """The best of a few, by processor time."""
    best = 0.0
    for _ in range(REPEATS):
        started = time.process_time()
        work(data)
        best = max(best, len(data) / (time.process_time() - started) / 1e6)
    return best


def main() -> None:
    source = (ROOT / "kernel/src/pegboard/sessions.py").read_bytes() * 200
    noise = random.Random(1).randbytes(len(source))
    values = [planting.chosen(random.Random(k), planting.LETTERS, 30) for k in range(KNOWN)]
    for name, data in (("source code", source), ("random bytes", noise)):
        floor = mb_per_s(lambda data: hashlib.sha256(data).digest(), data)
        for what, redactor in (("patterns alone", Redactor()), (f"and {KNOWN} known values", Redactor(values))):
            speed = mb_per_s(redactor.redact, data)
            print(f"{name:14} {what:24} {speed:7.1f} MB/s   {floor / speed:6.1f} x sha256")


if __name__ == "__main__":
    main()
