"""Races four processes against the gate and the files plugin: `python tests/long/races.py [TRIES]`; a million else.

Prints how many tries were carried out, refused and escaped; the exit status is 1 if any reached what it never may.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from racing import race


def main(tries: int) -> int:
    began = time.monotonic()
    found = race(tries)
    print(f"{found['tries']} tries, 4 racers: {found['done']} carried out, {found['refused']} refused, "
          f"{found['escape']} escapes, {time.monotonic() - began:.0f} s")  # fmt: skip
    return 1 if found["escape"] else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
