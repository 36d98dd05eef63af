"""The configuration: typed settings from several layers, each with its source, below the caps of managed policy."""

from pegboard.config.failure import ConfigInvalid, PolicyBroken
from pegboard.config.layers import PROJECT_FILE, Above, Config, RuleText, layered
from pegboard.config.schema import Limits, ModelSettings, Permissions, Settings
from pegboard.config.source import Layer, Source

__all__ = [
    "PROJECT_FILE", "Above", "Config", "ConfigInvalid", "Layer", "Limits", "ModelSettings", "Permissions",
    "PolicyBroken", "RuleText", "Settings", "Source", "layered",
]  # fmt: skip
