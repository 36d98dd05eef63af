"""What a test needs of the machine: where it is absent, a user's machine skips and says so, and CI fails."""

import os
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """`what` is needed and not here."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is needed, and CI has to have it")
    pytest.skip(f"needs {what}")
