"""From a key to its echo, while nothing and while 2,000 tokens a second stream: `python tests/bench/keys.py`.

Beside it `cat` on a pseudo-terminal, whose echo is the system's own. The front-end is a real process; the session is
played from here, as the kernel does it: what happens while the front-end draws comes joined with the next show.
"""

import os
import pty
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from pegboard_sdk.testing import ScriptedSession, spawned
from pegboard_sdk.wire.fronting import Status
from pegboard_sdk.wire.methods import Setup
from pegboard_sdk.wire.records import Delta

PACKAGE = Path(__file__).parents[2] / "plugins" / "terminal" / "src" / "pegboard_terminal"
ON_IT = "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.argv[2], sys.argv[2:])"
KEYS = "QXZJVKWYUGHB"
PRESSES = 100
PAUSE_S = 0.06
TOKENS_A_SECOND = 2000
TARGET_MS = 16
WORDS = [
    "some ",
    "**words** ",
    "of an `answer` ",
    "that ",
    "goes on. ",
    "and on ",
    "\n\n",
    "- an item\n",
    "it ",
    "is\n",
]


class Screen:
    """Reads the pseudo-terminal all the time, and notes when each byte came."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.chunks: list[tuple[float, bytes]] = []
        self._over = False
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while not self._over:
            if select.select([self.ours], [], [], 0.1)[0]:
                self.chunks.append((time.perf_counter(), os.read(self.ours, 1 << 16)))

    def wait(self, wanted: bytes, since: int = 0, patience_s: float = 20) -> float:
        """When these bytes came, in a chunk behind number `since`."""
        end = time.perf_counter() + patience_s
        while time.perf_counter() < end:
            for at, chunk in self.chunks[since:]:
                if wanted in chunk:
                    return at
            time.sleep(0.0005)
        raise TimeoutError(f"never: {wanted!r}")

    def press(self, key: str) -> float:
        """Milliseconds from a key to its echo."""
        seen = len(self.chunks)
        began = time.perf_counter()
        os.write(self.ours, key.encode())
        return (self.wait(key.encode(), seen) - began) * 1000

    def close(self) -> None:
        self._over = True
        self._thread.join()
        os.close(self.ours)
        os.close(self.theirs)


@contextmanager
def front_end() -> Iterator[tuple[Screen, ScriptedSession, int]]:
    """A front-end on a pseudo-terminal, ready for keys, and its process."""
    screen = Screen()
    argv = [sys.executable, "-P", "-c", ON_IT, os.ttyname(screen.theirs)]
    host = [sys.executable, "-P", "-m", "pegboard_sdk.host", "pegboard_terminal:plugin", str(PACKAGE)]
    setup = Setup(instance="terminal", workspace="/tmp", settings={"notify": False, "title": False})
    try:
        with spawned([*argv, *host], setup, environment={"TERM": "xterm-256color"}) as board:
            session = ScriptedSession(board, "terminal")
            screen.wait(b"Ask anything")
            yield screen, session, board.process.pid
    finally:
        screen.close()


def presses(screen: Screen, begun: threading.Event, figures: list[float]) -> None:
    """Press keys one after another and note how long each took."""
    begun.wait()
    time.sleep(0.5)
    for number in range(PRESSES):
        figures.append(screen.press(KEYS[number % len(KEYS)]))
        time.sleep(PAUSE_S)


def stream(session: ScriptedSession, until: threading.Thread) -> float:
    """Show tokens at their rate until the other thread is done; tokens a second that went through."""
    session.show(status=Status(session="s", busy=True))
    began, sent = time.perf_counter(), 0
    while until.is_alive():
        due = int((time.perf_counter() - began) * TOKENS_A_SECOND)
        text = "".join(WORDS[at % len(WORDS)] for at in range(sent, due))
        sent = due
        session.show(Delta(stream="text", text=text))
    return sent / (time.perf_counter() - began)


def of_cat() -> list[float]:
    """The echo of a terminal in which `cat` runs."""
    screen = Screen()
    process = subprocess.Popen(["cat"], stdin=screen.theirs, stdout=screen.theirs)
    begun, figures = threading.Event(), list[float]()
    begun.set()
    presses(screen, begun, figures)
    process.kill()
    process.wait()
    screen.close()
    return figures


def of_front_end(*, streaming: bool) -> tuple[list[float], float]:
    """The echo of the front-end, and the tokens a second that it drew meanwhile."""
    figures, begun = list[float](), threading.Event()
    with front_end() as (screen, session, _):
        keys = threading.Thread(target=presses, args=(screen, begun, figures))
        keys.start()
        begun.set()
        rate = stream(session, keys) if streaming else 0.0
        keys.join()
    return figures, rate


def told(name: str, figures: list[float], floor: float, more: str = "") -> None:
    """One line of the table."""
    worst = quantiles(figures, n=20)[-1]
    ratio = f"{median(figures) / floor:6.0f} x cat" if floor else " " * 12
    print(f"{name:34} {median(figures):7.2f} ms, 95 of 100 within {worst:6.2f} ms {ratio}{more}")


def main() -> None:
    """Measure and print."""
    cat = of_cat()
    told("cat", cat, 0)
    idle, _ = of_front_end(streaming=False)
    told("the front-end, nothing else", idle, median(cat))
    busy, rate = of_front_end(streaming=True)
    verdict = "held" if median(busy) < TARGET_MS else "missed"
    told("the front-end, streaming", busy, median(cat), f"; {rate:.0f} tokens a second; {TARGET_MS} ms: {verdict}")


if __name__ == "__main__":
    main()
