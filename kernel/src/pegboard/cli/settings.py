"""What is in force on this machine: the managed policy first, then the configuration below it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pegboard.config import Config, ConfigInvalid, layered
from pegboard.places import Places
from pegboard.policy import InlineTest, Loaded, load_policy, read_policy


def policy_here(places: Places) -> Loaded:
    """The managed policy. Raises PolicyBroken, which must end the program."""
    return load_policy(places, _proof(places))


def policy_in(file: Path, places: Places) -> Loaded:
    """What a file would be as the managed policy, whoever wrote it. Raises PolicyBroken."""
    return read_policy(file, _proof(places))


def _proof(places: Places) -> Callable[[Loaded, list[tuple[InlineTest, str]]], list[str]]:
    def prove(loaded: Loaded, tests: list[tuple[InlineTest, str]]) -> list[str]:
        from pegboard.cli.proving import failing  # noqa: PLC0415 - a machine without a policy pays nothing for the gate

        return failing(loaded, tests, places)

    return prove


def load_config(
    places: Places,
    environ: Mapping[str, str],
    sets: Sequence[str] = (),
    *,
    managed: Loaded | None = None,
    project: tuple[Path, str] | None = None,
) -> Config:
    """The configuration for a run with flags `sets` (`key=value`), below the managed policy; not given, that is read.

    `project` is the file of a trusted folder with its text. Raises PolicyBroken when the managed policy cannot be
    obeyed, and ConfigInvalid when any other layer does not fit.
    """
    above = (managed or policy_here(places)).above()
    return layered(places.user_config, environ, sets, above=above, project=project)


def roots_of(config: Config, added: Iterable[str] = ()) -> tuple[Path, ...]:
    """The folders that count like the workspace; `added` were typed. Raises ConfigInvalid for what is no folder."""
    for root in map(Path, config.settings.permissions.roots):
        if not root.expanduser().is_absolute() or not root.expanduser().is_dir():
            absolute = root.expanduser().is_absolute()
            wrong = "is no folder; make it or take it out" if absolute else "is not absolute; begin with / or ~/"
            raise ConfigInvalid(f"{config.provenance['permissions.roots']}: permissions.roots: '{root}' {wrong}")
    return tuple(Path(root).expanduser() for root in (*config.settings.permissions.roots, *added))
