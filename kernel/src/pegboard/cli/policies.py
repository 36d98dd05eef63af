"""The gate's policy from the configuration and the flags of this run."""

import os
from collections.abc import Iterable
from pathlib import Path

from pegboard.config import Config, Layer, RuleText, Source
from pegboard.gate.autonomy import EVERY_GATE, LEVELS, Gate, of_level
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places


def policy_of(config: Config, *, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> Policy:
    """Every rule in force, each with its source. Raises InvalidParams for a rule that cannot be read, naming it."""
    rules = [_rule(one) for one in config.rules]
    rules += [Rule.parse(text, Verdict.ALLOW, "--allow") for text in allow]
    rules += [Rule.parse(text, Verdict.DENY, "--deny") for text in deny]
    level = config.settings.autonomy
    return Policy(
        rules=tuple(rules),
        mode=Mode[config.settings.mode.upper()],
        cap=config.cap,
        opened=of_level(level).gates if level else frozenset(),
        limit=_limit(config),
    )


def managed_policy_of(config: Config) -> Policy:
    """What an organisation demands, and nothing of the user's."""
    rules = tuple(_rule(one) for one in config.rules if one.source.layer is Layer.MANAGED)
    return Policy(rules=rules, cap=config.cap, limit=_limit(config))


def _limit(config: Config) -> frozenset[Gate]:
    """The gates that policy lets anybody open."""
    return EVERY_GATE if config.level == LEVELS[-1] else of_level(config.level).gates


def _rule(one: RuleText) -> Rule:
    return Rule.parse(one.text, one.verdict, placed(one.source))


def placed(source: Source) -> str:
    """Where something stands, as people write it: `~/.config/pegboard/config.toml:12`, `--set permissions.allow`."""
    home = f"{Path.home()}/"
    return f"~/{source.where.removeprefix(home)}" if source.where.startswith(home) else source.where


def place_here(places: Places, roots: Iterable[Path] = ()) -> Place:
    """The current folder as the workspace, and `roots` like it. Raises OSError for one that is not there."""
    return Place.open(Path.cwd(), str(Path.home()), places, program_path=os.environ.get("PATH", ""), roots=roots)
