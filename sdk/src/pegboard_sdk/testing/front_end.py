"""A front-end that follows a script, as a plugin's process: for tests of whoever shows and asks, such as the kernel.

`settings` hold the `script`, the `answers`, and `log`, a file that gets a JSON line for everything that happened
(`front.jsonl` in the plugin's folder, where it is left out).
"""

import json
import os
import threading
import time
import tty
from typing import Any, Final

import msgspec

from pegboard_sdk.front import Front
from pegboard_sdk.plugin import Plugin
from pegboard_sdk.wire.fronting import Left, Show, When
from pegboard_sdk.wire.records import Answer, Question

PATIENCE_SECONDS: Final = 60.0


class ScriptedFront(Plugin):
    """A plugin with one channel, named like itself. Steps of its script are lists:

    ["prompt", TEXT], ["queue", TEXT], ["take_back"], ["interrupt"], ["command", LINE], ["complete", TEXT] call;
    ["wait", TYPE, COUNT] waits until so many records of that type were shown (also "busy", "idle", "replay", "anew"
    and "withdrawn"); ["sleep", SECONDS]; ["raw"] spoils the terminal's modes; ["once", ...] is a step for the first
    process alone, ["again", ...] for later ones; ["leave"] and ["detach"] end it, ["die"] kills its process,
    ["stay"] stays.
    A script that is at its end leaves. Answers are given in turn; "..." is an answer that never comes.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._seen: dict[str, int] = {}
        self._changed = threading.Condition()
        self._log_file = ""
        self._answers: list[str] = []
        self.channel(name)(self._run)

    def _run(self, front: Front) -> Left:
        self._log_file = front.settings.get("log") or os.path.join(front.data_dir, "front.jsonl")
        self._answers = list(front.settings.get("answers", ()))
        front.on_cancel(lambda: self._log(cancelled=True))
        self._log(began=front.session, first=front.first, pid=os.getpid())
        front.listen(self._show, self._ask, lambda question: self._saw("withdrawn", withdrawn=question.question))
        is_first = not os.path.exists(self._log_file + ".ran")
        open(self._log_file + ".ran", "w").close()
        for word, *arguments in front.settings.get("script", ()):
            if word in ("once", "again"):
                if (word == "once") is not is_first:
                    continue
                word, *arguments = arguments  # noqa: PLW2901 - the step behind the mark
            if word in ("leave", "detach"):
                return Left(leave=word == "leave")
            if word == "stay":
                threading.Event().wait()
            getattr(self, f"_do_{word}")(front, *arguments)
        return Left()

    # Steps.

    def _do_prompt(self, front: Front, text: str) -> None:
        front.prompt(text)
        self._log(prompted=text)

    def _do_queue(self, front: Front, text: str) -> None:
        front.prompt(text, when=When.QUEUE)
        self._log(prompted=text)

    def _do_take_back(self, front: Front) -> None:
        self._log(taken_back=front.take_back())

    def _do_interrupt(self, front: Front) -> None:
        self._log(interrupted=front.interrupt())

    def _do_command(self, front: Front, line: str) -> None:
        self._log(said=front.command(line))

    def _do_complete(self, front: Front, text: str) -> None:
        self._log(completions=front.complete(text))

    def _do_sleep(self, _front: Front, seconds: float) -> None:
        time.sleep(seconds)

    def _do_raw(self, _front: Front) -> None:
        terminal = os.open("/dev/tty", os.O_RDWR)
        tty.setraw(terminal)
        os.write(terminal, b"\x1b[?1049h\x1b[?25l")
        os.close(terminal)

    def _do_die(self, _front: Front) -> None:
        os.kill(os.getpid(), 9)

    def _do_wait(self, _front: Front, what: str, count: int = 1) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._seen.get(what, 0) >= count, PATIENCE_SECONDS):
                raise TimeoutError(f"{self._seen.get(what, 0)} of {count} times {what}; seen: {self._seen}")

    # What it is told.

    def _show(self, show: Show) -> None:
        shown: dict[str, Any] = msgspec.to_builtins(show)
        kinds = [record["type"] for record in shown.get("records", ())]
        kinds += [word for word in ("replay", "anew") if shown.get(word)]
        if show.status is not None:
            kinds.append("busy" if show.status.busy else "idle")
        self._saw(*kinds, show=show)

    def _ask(self, question: Question) -> Answer | None:
        self._log(asked=question.text, question=question.question)
        if not self._answers:
            return None
        said = self._answers.pop(0)
        if said == "...":
            threading.Event().wait()
        return Answer(question=question.question, answer=said, by=self.id, sha256=question.sha256)

    def _saw(self, *kinds: str, **event: object) -> None:
        with self._changed:
            self._log(**event)
            for kind in kinds:
                self._seen[kind] = self._seen.get(kind, 0) + 1
            self._changed.notify_all()

    def _log(self, **event: object) -> None:
        line = json.dumps(msgspec.to_builtins(event))
        with open(self._log_file, "a") as log:
            log.write(line + "\n")
