"""What can be wrong with a configuration. How a program ends because of it is its own matter."""

from pegboard_sdk.errors import Refused


class ConfigInvalid(Refused):
    """A file, variable or flag does not fit; each line of the message says where, what, and what would be right."""

    code = "CONFIG_INVALID"


class PolicyBroken(ConfigInvalid):
    """The managed policy cannot be read or understood. Nothing runs without it: the exit status is 3."""

    code = "POLICY_BROKEN"
