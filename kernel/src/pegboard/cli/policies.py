"""The gate's policy from the configuration and the flags of this run."""

import os
from collections.abc import Iterable
from pathlib import Path

from pegboard.config import Config, Layer
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places


def policy_of(config: Config, *, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> Policy:
    """Every rule in force, each with its source. Raises InvalidParams for a rule that cannot be read, naming it."""
    rules = [Rule.parse(rule.text, rule.verdict, str(rule.source)) for rule in config.rules]
    rules += [Rule.parse(text, Verdict.ALLOW, "--allow") for text in allow]
    rules += [Rule.parse(text, Verdict.DENY, "--deny") for text in deny]
    return Policy(rules=tuple(rules), mode=Mode[config.settings.mode.upper()], cap=config.cap)


def managed_policy_of(config: Config) -> Policy:
    """What an organisation demands, and nothing of the user's."""
    rules = [
        Rule.parse(one.text, one.verdict, str(one.source)) for one in config.rules if one.source.layer is Layer.MANAGED
    ]
    return Policy(rules=tuple(rules), cap=config.cap)


def place_here(places: Places) -> Place:
    """The current folder as the workspace."""
    return Place.open(Path.cwd(), str(Path.home()), places, program_path=os.environ.get("PATH", ""))
