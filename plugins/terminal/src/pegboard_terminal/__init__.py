"""The conversation in a terminal. Declares the front-end; what draws is imported only when it runs."""

import os

from pegboard_sdk import Front, Plugin

plugin = Plugin("terminal")


@plugin.channel("terminal")
def terminal(front: Front) -> None:
    """Hold the conversation on the terminal that the kernel was started from."""
    from pegboard_terminal.starting import start  # noqa: PLC0415 - the first paint does not wait for it

    start(front, os.environ)
