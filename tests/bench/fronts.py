"""Chunks of an answer from a provider through the kernel to a front-end: `python tests/bench/fronts.py`.

All three are processes of their own. Beside it a bare pipe: the same chunks as MessagePack, each in a write of its own,
read and decoded by one other process. Rounds are interleaved; trust the ratios. `profile` as an argument prints where
the kernel's time goes instead.
"""

import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

import msgspec
import trio
from agent_desk import MODEL_MANIFEST, Desk

from pegboard.models.providers import Target
from pegboard_sdk.wire.records import Answer, AnyRecord, Delta, Question

CHUNKS = 50_000
ROUNDS = 7
CHUNK = "chunk "
TARGET = 80_000
PROVIDER = """
import json, time
from pegboard_sdk import ModelContext, Plugin, Setup
from pegboard_sdk.wire.methods import ModelReply, StreamModel
from pegboard_sdk.wire.records import Delta, Finish, Message, Role, Text, Usage

plugin = Plugin("NAME")
places = []

@plugin.on_start
def start(setup: Setup) -> None:
    places.append(setup.settings["folder"])

@plugin.model("NAME")
def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
    delta = Delta(stream="text", text="{chunk}")
    times = [time.monotonic()]
    ctx.delta(Delta(stream="text", text="first "))
    time.sleep(0.2)
    times.append(time.monotonic())
    before = time.process_time()
    for _ in range({chunks}):
        ctx.delta(delta)
    times += [time.monotonic(), time.process_time() - before]
    with open(places[0] + "/sent.json", "w") as file:
        json.dump(times, file)
    message = Message(role=Role.ASSISTANT, parts=(Text(text="all"),), finish=Finish.STOP)
    return ModelReply(message=message, usage=Usage(input=1, output=1))
"""
FRONT = """
import json, threading, time
from pegboard_sdk import Front, Plugin
from pegboard_sdk.wire.records import Delta

plugin = Plugin("NAME")

@plugin.channel("NAME")
def run(front: Front) -> None:
    left, times, shows, over = [{characters}], [], [0], threading.Event()

    def show(what) -> None:
        for record in what.records:
            if type(record) is Delta:
                if not left[0] or not times:
                    times.append(time.monotonic())
                shows[0] += 1
                left[0] -= len(record.text)
                if left[0] <= 0:
                    times.append(time.monotonic())
                    over.set()

    front.listen(show, lambda question: None)
    front.prompt("go")
    over.wait()
    with open(front.settings["folder"] + "/seen.json", "w") as file:
        json.dump([*times, shows[0]], file)
"""
READER = """
import os, sys, time
import msgspec
decode, left, rest = msgspec.msgpack.Decoder(dict).decode, int(sys.argv[1]), b""
size = int(sys.argv[2])
while left:
    rest += os.read(0, 1 << 16)
    whole = len(rest) // size
    for at in range(whole):
        left -= 1
        decode(rest[at * size : (at + 1) * size])
    rest = rest[whole * size :]
print(time.monotonic())
"""


def of_pipe() -> float:
    """Chunks a second through a pipe."""
    encoder = msgspec.msgpack.Encoder()
    chunk = {"stream": "text", "text": CHUNK}
    size = len(encoder.encode(chunk))
    argv = [sys.executable, "-c", READER, str(CHUNKS + 1), str(size)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        pipe = reader.stdin.fileno()
        os.write(pipe, encoder.encode(chunk))
        time.sleep(0.3)
        began = time.monotonic()
        for _ in range(CHUNKS):
            os.write(pipe, encoder.encode(chunk))
        return CHUNKS / (float(reader.stdout.readline()) - began)


def bench_desk(folder: Path) -> Desk:
    """With the two plugins."""
    desk = Desk(folder)
    desk._package("fast", PROVIDER.format(chunk=CHUNK, chunks=CHUNKS), MODEL_MANIFEST.replace("stepping", "fast"))
    desk.add_front("front")
    characters = len("first ") + CHUNKS * len(CHUNK)
    (desk.site / "front" / "__init__.py").write_text(FRONT.format(characters=characters).replace("NAME", "front"))
    desk.fronts["front"] = {}
    return desk


class Stopwatch:
    """A front-end that notes the kernel's processor time while deltas come."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0

    def show(self, record: AnyRecord) -> None:
        if not isinstance(record, Delta):
            self.ended = self.ended or (time.process_time() if self.began else 0.0)
        elif not self.began:
            self.began = time.process_time()

    async def ask(self, question: Question) -> Answer | None:
        return None


class Round(NamedTuple):
    """Chunks a second where it does not say otherwise."""

    pipe: float
    sent: float
    seen: float
    first_ms: float
    shows: float
    provider_us: float
    kernel_us: float


async def of_kernel(desk: Desk) -> Round:
    """One answer, and what it took."""
    target, watch = Target(plugin="fast", model="one", name="fast/one"), Stopwatch()
    async with desk.conversation(target=target) as conversation:
        conversation.audience.attach(watch)
        await desk.run_front(conversation, "front")
        await conversation.idle()
    called, began, sent, provider = json.loads((desk.folder / "sent.json").read_text())
    first, last, shows = json.loads((desk.folder / "seen.json").read_text())
    kernel = (watch.ended - watch.began) / CHUNKS * 1e6
    took = (first - called) * 1000, shows, provider / CHUNKS * 1e6, kernel
    return Round(of_pipe(), CHUNKS / (sent - began), CHUNKS / (last - began), *took)


def one_round() -> Round:
    """A kernel, a provider and a front-end, all new."""
    with tempfile.TemporaryDirectory() as folder:
        return trio.run(of_kernel, bench_desk(Path(folder)))


def main() -> None:
    """Measure and print."""
    if "profile" in sys.argv:
        with cProfile.Profile() as profile:
            print(one_round())
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    rounds = [one_round() for _ in range(ROUNDS)]
    of = Round(*(median(column) for column in zip(*rounds, strict=True)))
    best, idle = max(each.seen for each in rounds), 1e6 / max(of.provider_us, of.kernel_us)
    print(f"a bare pipe           {of.pipe:9,.0f} chunks a second")
    print(f"sent by the provider  {of.sent:9,.0f}")
    print(
        f"seen by the front-end {of.seen:9,.0f}, best {best:,.0f}; {of.seen / of.pipe:.2f} of the pipe{_held(of.seen)}"
    )
    print(
        f"by processor time     {idle:9,.0f}; provider {of.provider_us:.1f}, kernel {of.kernel_us:.1f} us{_held(idle)}"
    )
    print(f"in {of.shows:.0f} shows; the first delta took {of.first_ms:.2f} ms")


def _held(rate: float) -> str:
    return f"; {TARGET:,}: {'held' if rate >= TARGET else 'missed'}"


if __name__ == "__main__":
    main()
