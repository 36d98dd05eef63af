"""What becomes of instructions in subfolders that nobody has decided on yet."""

from enum import Enum


class Consent(Enum):
    """Whether they are obeyed."""

    NEVER = "somebody said no to this folder, or nobody trusts it"
    ASK = "somebody is asked"
    GIVEN = "this run trusts the folder as it is"
