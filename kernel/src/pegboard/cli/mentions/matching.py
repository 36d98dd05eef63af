"""Which paths are meant by a few letters: those in which they occur in this order, the best first. Pure."""

from collections.abc import Iterable, Iterator

Score = tuple[int, int, int, int, str]


def matching(paths: Iterable[str], wanted: str) -> Iterator[str]:
    """The paths that hold the letters of `wanted` in order, whatever their case; without any, what is near the top."""
    small = wanted.lower()
    scored = sorted((score, path) for path in paths if (score := _score(path.lower(), small)) is not None)
    return (path for _, path in scored)


def _score(path: str, wanted: str) -> Score | None:
    """How far it is from what was typed: how it holds the letters, how scattered they are, what more there is."""
    bare = path.rstrip("/")
    depth, name = bare.count("/"), bare.rpartition("/")[2]
    for rank, holds in enumerate((path.startswith(wanted), name.startswith(wanted), wanted in name, wanted in path)):
        if holds:
            # A name that begins so is meant as often as a path that does: the shorter wins.
            return (max(rank, 1), 0 if wanted else depth, len(name), depth, path)
    spread = _spread(path, wanted)
    return None if spread is None else (4, spread, len(name), depth, path)


def _spread(path: str, wanted: str) -> int | None:
    at, first = -1, 0
    for number, letter in enumerate(wanted):
        at = path.find(letter, at + 1)
        if at < 0:
            return None
        first = first if number else at
    return at - first
