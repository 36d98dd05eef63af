"""The program `peg`. What can start early starts early: the spawner is on its way before anything else is imported."""

import sys


def main() -> None:
    """Run the command line with the process's own arguments."""
    from pegboard.cli.app import peg  # noqa: PLC0415  # `peg --help` pays for click and nothing else

    sys.exit(peg.main(standalone_mode=True))


if __name__ == "__main__":
    main()
