"""Kills a writer of journals at random points and checks what is left: `python tests/long/journal_kills.py 1000`.

Each writer is a process of its own (forked from this one, so that a thousand of them take a minute) that goes on with
the session, writes turns as a kernel does, and says over a pipe which record was the last when a `sync` returned. After
SIGKILL: every record that it said so of is there and whole, the chain holds, and the transcript can go on.
"""

import os
import random
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

import trio

from pegboard.journal import Journal, Line, State, verify
from pegboard.sessions import Sessions
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import Message, Outcome, Role, Text, ToolCall, ToolResult, ToolUse

PROGRAM = "journal_kills"
PER_SESSION = 25
"""Kills of one session before the next begins, so that journals stay small."""


def resumed(sessions: Sessions, session: str) -> tuple[Journal, Transcript, list[Line]]:
    """Go on with a session as a kernel does: fold it, and answer the calls that its last process left open."""
    transcript, lines = Transcript(), []

    def each(line: Line) -> None:
        lines.append(line)
        if line.record is not None:
            transcript.apply(line.record, line.seq)

    journal = sessions.open(session, program=PROGRAM, each=each)
    for repair in transcript.repairs():
        transcript.apply(repair, journal.append(repair))
    return journal, transcript, lines


async def write_for_ever(sessions: Sessions, session: str, out: int, seed: int) -> None:
    """Turns of a call, its intent, its result; each number in the text is its record's, so that loss would show."""
    dice = random.Random(seed)
    journal, _, _ = resumed(sessions, session)

    async def durable() -> None:
        await journal.sync()
        os.write(out, b"%d\n" % journal.seq)

    while True:
        call = f"c{journal.seq}"
        size = dice.choice((10, 1000, 100_000, 3_000_000 if dice.random() < 0.2 else 10))
        wanted = (Text(text=f"{journal.seq + 1} " + "x" * size), ToolCall(call=call, tool="t", arguments="{}"))
        journal.append(Message(role=Role.ASSISTANT, parts=wanted))
        journal.append(ToolUse(call=call, tool="t", arguments={"n": journal.seq + 1}, turn=1))
        await durable()
        handle = await journal.blobs.put(b"%d" % journal.seq) if dice.random() < 0.3 else ""
        journal.append(ToolResult(call=call, tool="t", outcome=Outcome.OK, handle=handle))
        if dice.random() < 0.3:
            await durable()


def killed(sessions: Sessions, session: str, seed: int) -> int:
    """Start a writer, kill it at a random moment, and return the last record that it said was durable."""
    reader, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        try:
            trio.run(write_for_ever, sessions, session, out, seed)
        finally:
            os._exit(1)
    os.close(out)
    select.select([reader], [], [], 30)  # from its first word on, so that a slow start is not all that is killed
    time.sleep(random.Random(seed + 1).random() * 0.03)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    said = b"".join(iter(lambda: os.read(reader, 1 << 16), b""))
    os.close(reader)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise SystemExit("a writer ended before it was killed")
    whole = said[: said.rfind(b"\n") + 1].split()
    return int(whole[-1]) if whole else 0


def lost(sessions: Sessions, session: str, durable: int) -> list[str]:
    """What is not as it must be after a kill; the session has been resumed then."""
    faults = []
    report = verify(sessions.folder / session)
    if report.state is State.BROKEN:
        faults.append(str(report))
    journal, transcript, lines = resumed(sessions, session)
    journal.close()
    if len(lines) < durable:
        faults.append(f"{durable - len(lines)} durable records lost")
    for line in lines:
        if isinstance(line.record, ToolUse) and line.record.arguments["n"] != line.seq:
            faults.append(f"record {line.seq} is not what was written there")
    open_calls = 0
    for entry in transcript.entries():
        if isinstance(entry, Message):
            open_calls += sum(isinstance(part, ToolCall) for part in entry.parts)
        else:
            open_calls -= 1
    if open_calls or transcript.repairs():
        faults.append("a provider would not accept the transcript")
    return faults


def main(kills: int) -> int:
    """Kill so often and print the table; 1 when anything was lost."""
    began = time.monotonic()
    counts = dict.fromkeys(("kills", "acknowledged records", "torn tails cut", "unfinished blobs swept", "faults"), 0)
    with tempfile.TemporaryDirectory() as folder:
        sessions, seen = Sessions(Path(folder)), 0
        for number in range(kills):
            if number % PER_SESSION == 0:
                with sessions.new(Path(folder), program=PROGRAM) as journal:
                    journal.append(Message(role=Role.USER, parts=(Text(text="go"),)))
                session, seen = journal.session, journal.seq
            durable = killed(sessions, session, number)
            parts = len(list((sessions.folder / session / "blobs").glob("*.part")))
            torn = verify(sessions.folder / session).torn > 0
            faults = lost(sessions, session, durable)
            counts["kills"] += 1
            counts["acknowledged records"] += max(0, durable - seen)
            counts["torn tails cut"] += torn
            counts["unfinished blobs swept"] += parts
            counts["faults"] += len(faults)
            seen = max(seen, durable)
            for fault in faults:
                print(f"kill {number} of {session}: {fault}")
    for name, count in counts.items():
        print(f"{name:<24}{count:>10}")
    print(f"{'seconds':<24}{time.monotonic() - began:>10.1f}")
    return 1 if counts["faults"] else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
