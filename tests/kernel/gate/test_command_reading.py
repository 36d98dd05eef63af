"""What the tokenizer accepts, bash splits into the same arguments: random texts, for two minutes in CI."""

import os
import random
import time

import pytest
from shell_texts import KINDS, compared

from pegboard.gate.command.script import Script
from pegboard.gate.command.tokenizer import parse


def test_no_accepted_text_is_read_otherwise_by_bash() -> None:
    seed = random.randrange(1 << 32)
    seconds = 120 if os.environ.get("CI") else 2
    _, accepted, wrong = compared(random.Random(seed), time.monotonic() + seconds)
    print(f"seed {seed}: {accepted} accepted texts compared")
    assert wrong == [], f"seed {seed}"
    assert accepted


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_kind_of_text_is_accepted_often_enough_to_be_a_test(kind) -> None:  # type: ignore[no-untyped-def]
    source = random.Random(1)
    assert sum(isinstance(parse(kind(source)), Script) for _ in range(2000)) > 40
