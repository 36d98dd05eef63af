"""Compares the tokenizer with bash on random texts: `python tests/long/shell_reading.py 3600 [SEED]` runs an hour.

Prints every accepted text that bash reads otherwise, and how many were compared; the exit status is 1 if there was one.
"""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from bash_reading import PIECES, difference

from pegboard.gate.command.script import Script
from pegboard.gate.command.tokenizer import parse


def main(seconds: float, seed: int) -> int:
    source, end = random.Random(seed), time.monotonic() + seconds
    tried = accepted = wrong = 0
    while time.monotonic() < end:
        text = "".join(source.choices(PIECES, k=source.randint(1, 16)))
        tried += 1
        if isinstance(parse(text), Script):
            accepted += 1
            if found := difference(text):
                wrong += 1
                print(found)
    print(f"seed {seed}: {tried} texts, {accepted} accepted and compared, {wrong} read otherwise")
    return 1 if wrong else 0


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    sys.exit(main(given[0] if given else 60.0, int(given[1]) if len(given) > 1 else 1))
