"""The program `peg`. It makes sure of its three standard streams, and leaves the rest to the command line."""

import os
import sys


def main() -> None:
    """Run the command line with the process's own arguments."""
    _open_standard_streams()
    from pegboard.cli.app import peg  # noqa: PLC0415  # `peg --help` pays for click and nothing else

    sys.exit(peg.main(standalone_mode=True))


def _open_standard_streams() -> None:
    """A stream that was closed becomes the null device: else the next file to be opened would be taken for it."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            while os.open(os.devnull, os.O_RDWR) < descriptor:
                continue
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8", closefd=False))


if __name__ == "__main__":
    main()
