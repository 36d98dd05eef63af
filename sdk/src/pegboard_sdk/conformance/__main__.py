"""``python -m pegboard_sdk.conformance``: the checks from the command line. Exit status: 0 all hold, 1 not, 2 usage."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pegboard_sdk.conformance.checking import CHECKS, check
from pegboard_sdk.conformance.subject import read_subject
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import JsonObject

USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """Check the plugin that a command starts; the exit status."""
    options = _parser().parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        subject = read_subject(command, options.manifest, dict(options.arguments))
        report = check(subject, seed=options.seed, calls=options.calls, only=options.only)
    except (InvalidParams, OSError) as error:
        sys.stderr.write(f"conformance: {getattr(error, 'message', error)}\n")
        return USAGE
    sys.stdout.write(report.text() + "\n")
    if options.junit is not None:
        options.junit.write_text(report.junit(), "utf-8")
    return 0 if report.has_passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pegboard_sdk.conformance",
        description="Check that a command, in any language, is a plugin that keeps to PWP/1.",
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write the report as JUnit XML too")
    parser.add_argument("--manifest", metavar="PATH", type=Path, help="its pegboard.toml, where it is not beside it")
    parser.add_argument("--seed", type=int, default=0, help="draw other random calls")
    parser.add_argument("--calls", type=int, default=200, help="random calls in all")
    names = [each.name for each in CHECKS]
    parser.add_argument("--only", metavar="CHECK", action="append", choices=names, default=[], help="run this check")
    parser.add_argument(
        "--arguments",
        metavar="TOOL=JSON",
        type=_arguments,
        action="append",
        default=[],
        help="call TOOL with these, also when it does more than read",
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="default: the manifest's argv")
    return parser


def _arguments(text: str) -> tuple[str, JsonObject]:
    tool, _, value = text.partition("=")
    try:
        return tool, msgspec.json.decode(value, type=JsonObject)
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(f"`{text}` is not TOOL=JSON object: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
