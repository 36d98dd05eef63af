"""Appending and evicting 100,000 turns, the best of three: `python tests/bench/transcript.py`."""

import time

from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import Evicted, Message, Outcome, Role, Text, ToolCall, ToolResult


def measure(turns: int) -> tuple[float, float]:
    """Processor seconds for appending so many turns of a call and its result, and for evicting them one by one."""
    call = Message(role=Role.ASSISTANT, parts=(ToolCall(call="a", tool="t", arguments='{"path": "x"}'),))
    result = ToolResult(call="a", tool="t", outcome=Outcome.OK, parts=(Text(text="x" * 200),))
    transcript = Transcript()
    transcript.apply(Message(role=Role.USER, parts=(Text(text="go"),)), 1)
    began = time.process_time()
    for seq in range(2, 2 * turns + 2, 2):
        transcript.apply(call, seq)
        transcript.apply(result, seq + 1)
    appended = time.process_time()
    records = [Evicted(through=seq) for seq in range(2, 2 * turns + 2, 2)]
    prepared = time.process_time()
    for record in records:
        transcript.apply(record, 3 * turns)
    ended = time.process_time()
    assert len(transcript.entries()) == 1
    return appended - began, ended - prepared


def main() -> None:
    """Print a table; the figures a turn must not grow with their number."""
    print(f"{'turns':>8} {'append ms':>10} {'us/turn':>8} {'evict ms':>10} {'us/turn':>8}")
    for turns in (1_000, 10_000, 100_000):
        append, evict = map(min, zip(*(measure(turns) for _ in range(3)), strict=True))
        print(
            f"{turns:>8} {append * 1e3:>10.1f} {append / turns * 1e6:>8.2f} "
            f"{evict * 1e3:>10.1f} {evict / turns * 1e6:>8.2f}"
        )


if __name__ == "__main__":
    main()
