"""The configuration: typed settings from several layers, each with its source, below the caps of managed policy."""

from pegboard.config.failure import ConfigInvalid, PolicyBroken
from pegboard.config.layers import Config, Listed, RuleText, get, listed, load_config
from pegboard.config.schema import Limits, ModelSettings, Permissions, Policy, Settings
from pegboard.config.source import Layer, Source

__all__ = [
    "Config",
    "ConfigInvalid",
    "Layer",
    "Limits",
    "Listed",
    "ModelSettings",
    "Permissions",
    "Policy",
    "PolicyBroken",
    "RuleText",
    "Settings",
    "Source",
    "get",
    "listed",
    "load_config",
]
