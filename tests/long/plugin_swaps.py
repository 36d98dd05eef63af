"""Swaps a plugin's files between the check and the start, many times: `python tests/long/plugin_swaps.py 10000`.

First the same attack on a start that does not hash what it imports, which shows that the attack is one.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from stored_plugin import places_in
from swapping import careless_argv, race

from pegboard.supply.starting import verified_argv

CONTROL_TRIES = 300


def main(tries: int) -> None:
    """Print what came of it; exit 1 when anything ran that was not accepted, or the control was not broken."""
    failed = False
    for name, count, command in (("control", CONTROL_TRIES, careless_argv), ("verified", tries, verified_argv)):
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            counts = race(places_in(Path(folder)), count, command)
        print(f"{name}: {count} starts in {time.monotonic() - began:.0f} s: {dict(counts)}")
        failed = failed or (counts["evil"] > 0) is (name == "verified")
    sys.exit(failed)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
