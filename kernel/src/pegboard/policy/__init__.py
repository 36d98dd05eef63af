"""What an organisation demands, and which folders a person trusts: both stand above every configuration."""

from pegboard.obeyed import Obeyed, present, survey
from pegboard.policy.load import Loaded, load_policy, read_policy
from pegboard.policy.schema import Anchor, Grant, InlineTest, Managed, PluginPin
from pegboard.policy.trust import Standing, Trust

__all__ = [
    "Anchor", "Grant", "InlineTest", "Loaded", "Managed", "Obeyed", "PluginPin", "Standing", "Trust",
    "load_policy", "present", "read_policy", "survey",
]  # fmt: skip
