"""A kernel that runs out of descriptors: a named error, and the session goes on."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from agent_desk import Desk, calling, saying, text_of

from pegboard.gate.verdict import Mode
from pegboard_sdk.wire.records import Ending, Outcome, ToolResult

RAN = ("bash", {"command": "echo ran"})


@contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """Only so many more can be opened by this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("left", [1, 3, 6])
async def test_a_kernel_without_descriptors_says_so_and_goes_on(desk: Desk, left: int):
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        desk.script(calling(RAN), saying("done"))
        await agent.prompt("warm up")
        held = []
        for descriptor in range(3, max(map(int, os.listdir("/proc/self/fd")))):  # no gaps below the limit
            try:
                os.fstat(descriptor)
            except OSError:
                held.append(os.open(os.devnull, os.O_RDONLY))
        desk.script(calling(RAN), saying("done"))
        with descriptors_left(left):
            assert (await agent.prompt("go")).end is Ending.DONE
        for descriptor in held:
            os.close(descriptor)
        result = person.of(ToolResult)[-1]
        assert result.outcome is Outcome.FAILED
        assert "too many open files" in text_of(result).lower()
        desk.script(calling(RAN), saying("done"))
        assert (await agent.prompt("again")).end is Ending.DONE
        assert text_of(person.of(ToolResult)[-1]) == "ran\n"
