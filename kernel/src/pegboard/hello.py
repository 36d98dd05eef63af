"""What the kernel says first to every plugin."""

import os
import sys
from typing import Final

from pegboard.birth import Birth
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.messages import Hello, Identity, Limits

WIRE_MAJORS: Final = [1]
LIMITS: Final = Limits(max_frame=1 << 22)
"""What the kernel takes of a plugin."""

RELEASE: Final = "0.1.0"
TOKEN_BYTES: Final = 32


def hello_of(birth: Birth) -> Hello:
    """A hello with a token of its own, which the plugin's proof has to be made from."""
    identity = Identity("pegboard", RELEASE, os.getpid(), sys.platform)
    return Hello(0, WIRE_MAJORS, os.urandom(TOKEN_BYTES), LIMITS, identity, config=pack(birth.setup))
