"""A desk for the tests of mentions."""

from pathlib import Path

import pytest
from agent_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
