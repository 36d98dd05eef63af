"""Where the provider's start goes, and how fast it reads: `python tests/bench/provider.py`. Prints two tables.

Each phase of the start is timed in a fresh interpreter, the best of five; beside it interpreter and `import openai`.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "tools")]

from plain_server import PlainServer  # noqa: E402

from pegboard_openai.chat.answer import Answer as ChatAnswer  # noqa: E402
from pegboard_openai.responses.answer import Answer as ItemAnswer  # noqa: E402
from pegboard_sdk.http import Reading  # noqa: E402

REPEATS = 5
CHUNKS = 50_000
PHASES = """
import time; marks = [time.perf_counter()]
def mark(): marks.append(time.perf_counter())
import sys
import pegboard_openai; mark()
sys.modules["trio"] = None
import openai; mark()
import httpx2; from pegboard_sdk.http import line as lines, stainless; mark()
del sys.modules["trio"]
from pegboard_openai.client import caller; from pegboard_openai.endpoint import profiled
from pegboard_openai.faults import refused; from pegboard_sdk import Setup
from pegboard_sdk.http import Lifeline, Sending
web, _ = profiled(Setup(settings={"base_url": "https://model.invalid/v1"})); mark()
trust = lines.trust_for(web); mark()
line = lines.Line(web, caller, refused, trust); mark()
lines.rehearse(web, caller, refused); mark()
near, _ = profiled(Setup(settings={"base_url": sys.argv[1]}))
line = lines.Line(near, caller, refused, lines.trust_for(near)); mark()
first = []
def put(data):
    if not first: first.append(time.perf_counter())
line.carry(Sending("/chat/completions", 9.0, b"{}"), Lifeline(), put)
steps = [b - a for a, b in zip(marks, marks[1:])]
print(*[f"{step * 1000:.2f}" for step in [*steps, first[0] - marks[-1]]])
"""
NAMES = (
    "the plugin's own modules (then it greets)", "import openai, without trio", "the rest of httpx2 and `line`",
    "settings", "TLS context (certificates)", "a client", "rehearsal: a request to nobody", "another client, no TLS",
    "first request to first byte, on loopback",
)  # fmt: skip


def seconds(*command: str) -> float:
    """Of the best of five runs."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    return min(took)


def phases() -> list[float]:
    """Milliseconds of each phase, the best of five."""
    runs = []
    with PlainServer() as server:
        for _ in range(REPEATS):
            run = subprocess.run([sys.executable, "-c", PHASES, server.url], check=True, capture_output=True, text=True)
            runs.append([float(word) for word in run.stdout.split()])
    return [min(column) for column in zip(*runs, strict=True)]


class Bytes:
    """A body in memory, in pieces of 16 KiB."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self.is_whole = data, 0, False

    def read(self) -> bytes:
        """The next piece."""
        piece = self._data[self._at : self._at + 16384]
        self._at += len(piece)
        return piece

    def rest(self, limit: int) -> bytes:
        """Nothing more."""
        return b""


def a_second(answer: ChatAnswer | ItemAnswer, event: dict[str, object], last: bytes) -> float:
    """Chunks that are read a second, bytes to deltas."""
    data = (b"data: " + json.dumps(event).encode() + b"\n\n") * CHUNKS + last
    told: list[object] = []
    began = time.perf_counter()
    Reading(answer, told.append, repr, url="x").read(Bytes(data))
    return CHUNKS / (time.perf_counter() - began)


def main() -> None:
    """Print the tables."""
    floor = seconds(sys.executable, "-c", "import openai")
    bare = seconds(sys.executable, "-c", "pass")
    print(f"{'interpreter':44} {bare * 1000:9.1f} ms\n{'interpreter and import openai':44} {floor * 1000:9.1f} ms")
    took = phases()
    for name, ms in zip(NAMES, took, strict=True):
        print(f"{name:44} {ms:9.1f} ms")
    ready = bare * 1000 + sum(took[:4]) + sum(took[6:])
    print(f"{'in all, to a server without TLS':44} {ready:9.1f} ms   {ready / floor / 1000:.2f} x import openai")
    print(f"{'in all, with the TLS context':44} {ready + took[4]:9.1f} ms")
    chunk = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "word "}}]}
    delta = {"type": "response.output_text.delta", "output_index": 0, "item_id": "m", "delta": "word "}
    done = b'data: {"type": "response.completed", "response": {"status": "completed"}}\n\n'
    chat, items = (
        a_second(ChatAnswer(model="m"), chunk, b"data: [DONE]\n\n"),
        a_second(ItemAnswer(model="m"), delta, done),
    )
    print(f"{'chunks of a chat read a second':44} {chat:9,.0f}")
    print(f"{'events of Responses read a second':44} {items:9,.0f}")


if __name__ == "__main__":
    main()
