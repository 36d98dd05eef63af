"""Compares the tokenizer with bash on random texts for an hour: `python tests/long/shell_reading.py [SECONDS] [SEED]`.

Prints every accepted text that bash reads otherwise, and how many were compared; the exit status is 1 if there was one.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from shell_texts import compared


def main(seconds: float, seed: int) -> int:
    tried, accepted, wrong = compared(random.Random(seed), time.monotonic() + seconds)
    print(
        *wrong, f"seed {seed}: {tried} texts, {accepted} accepted and compared, {len(wrong)} read otherwise", sep="\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    sys.exit(main(given[0] if given else 3600.0, int(given[1]) if len(given) > 1 else random.randrange(1 << 32)))
