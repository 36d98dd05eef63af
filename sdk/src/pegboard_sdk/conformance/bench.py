"""Where the checks work: starts the plugin for each, keeps what was odd about every connection, draws the calls."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard_sdk.conformance.grants import granted, with_samples
from pegboard_sdk.conformance.link import WINDOW, Link, Manners
from pegboard_sdk.conformance.subject import Subject, Trial
from pegboard_sdk.conformance.values import NoValue, Values
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.messages import Bye, Call, Data, Error, Progress, Result
from pegboard_sdk.wire.methods import TOOL_CALL

PATIENCE: Final = 30.0
"""Seconds for an answer that has no time of its own."""

EXIT_SECONDS: Final = 2.0
"""How soon a plugin ends when its channel does."""

GRACE_SECONDS: Final = 2.0
"""What a loaded machine may add to any time that is checked."""

TRIES: Final = 12
"""Calls of each tool that are tried in search of one that can be held."""


class Broken(Exception):
    """The plugin does not do what is checked; the text says what it did, and what would be right."""


class Unseen(Exception):
    """What the check needs was not to be seen with this plugin."""


class Sample(Struct, frozen=True):
    """One valid call of a tool."""

    trial: Trial
    arguments: JsonObject

    def __str__(self) -> str:
        return f"{self.trial.entry.name} {str(self.arguments)[:200]}"


class Odd(Struct, frozen=True):
    """What was wrong about a connection beside what its check looked at."""

    check: str
    fault: str
    is_pollution: bool = False


class Bench:
    """All that the checks of one plugin share. `check` names the one that works now."""

    def __init__(self, subject: Subject, folder: Path, *, seed: int, calls: int) -> None:
        self.subject = subject
        self.folder = folder
        self.seed = seed
        self.calls = calls
        self.check = ""
        self.odd: list[Odd] = []
        self.last_words = ""

    @contextmanager
    def raw(self, manners: Manners = Manners.GENEROUS) -> Iterator[Link]:
        """A fresh process that was told nothing yet. At the end its channel is closed and it is ended."""
        link = Link(self.subject, self.folder, manners=manners)
        try:
            yield link
            link.shut()
            link.exit_within(1.0)
        finally:
            self.odd += [Odd(self.check, fault) for fault in link.order.faults]
            if link.fault is not None:
                self.odd.append(Odd(self.check, link.fault.message, is_pollution=True))
            self.last_words = link.stderr() or self.last_words
            link.close()

    @contextmanager
    def link(self, manners: Manners = Manners.GENEROUS) -> Iterator[Link]:
        """A fresh process that has greeted."""
        with self.raw(manners) as link:
            if link.greet() is None:
                raise Broken(f"it did not greet{self.said(link)}")
            yield link

    def said(self, link: Link) -> str:
        """What a failing plugin wrote, to be put behind a sentence."""
        if link.fault is not None:
            return f": {link.fault.message}"
        for bye in link.of(Bye):
            return f": Bye({bye.code}) {bye.msg}"
        return f"; on standard error: {link.stderr()[-400:]}" if link.stderr() else ""

    def start(self, link: Link, sample: Sample, *, window: int = WINDOW, timeout_ms: int = 0) -> int:
        """Make the call of a sample with what the gate would grant; its id."""
        params, fds = granted(sample.trial.entry, sample.arguments, self.folder, len(link.order.opened))
        return link.call(TOOL_CALL, params, window=window, timeout_ms=timeout_ms, descriptors=fds)

    def run(self, link: Link, sample: Sample, *, timeout_ms: int = 0) -> Result | Error:
        """Make the call and wait. Raises Broken when it has no end."""
        end = link.end_of(self.start(link, sample, timeout_ms=timeout_ms), PATIENCE)
        if end is None:
            died = "the plugin ended" if link.has_ended else f"no answer within {PATIENCE:g} s"
            raise Broken(f"{died} in {sample}{self.said(link)}")
        return end

    def samples(self, count: int) -> list[Sample]:
        """So many valid calls of each tool that may be called; the same ones each time. Raises Unseen without any."""
        found: list[Sample] = []
        for trial in self.subject.trials:
            if trial.fixed is not None:
                found += [Sample(trial, trial.fixed)] * count
                continue
            try:
                values = Values(trial.schema, self.seed)
                found += [Sample(trial, with_samples(trial.entry, values.valid())) for _ in range(count)]
            except NoValue:
                continue
        if not self.subject.manifest.tool:
            raise Unseen("the plugin has no tools")
        if not found:
            raise Unseen("no tool that only reads; give arguments with --arguments TOOL=JSON to have one called")
        return found

    @cached_property
    def quick(self) -> Sample:
        """The call that took the least time of some."""
        times: list[float] = []
        samples = self.samples(TRIES)
        with self.link() as link:
            for sample in samples:
                since = time.monotonic()
                self.run(link, sample)
                times.append(time.monotonic() - since)
        return samples[times.index(min(times))]

    @cached_property
    def held(self) -> Sample | None:
        """A call that surely runs until it is let go: it streams and has no credit, or waits for an answer of ours."""
        with self.link(Manners.STINGY) as link:
            for sample in self.samples(TRIES):
                if self.is_held(link, self.start(link, sample, window=1)):
                    return sample
        return None

    def is_held(self, link: Link, number: int) -> bool:
        """Whether a call came to a point where it waits for us."""

        def has_ended() -> bool:
            return number in link.order.ended

        def has_come() -> bool:
            return any(isinstance(frame, Data | Call) for frame in link.frames)

        link.until(lambda: has_ended() or has_come(), 1.0)
        if has_come():
            link.until(has_ended, 0.15)
        return has_come() and not has_ended() and not link.has_ended

    def hold(self, link: Link, *, timeout_ms: int = 0) -> int:
        """Start a call that is surely running when this returns. Raises Unseen where there is none."""
        if self.held is None:
            raise Unseen("no call was found that runs until it is let go: none streams, none asks")
        number = self.start(link, self.held, window=1, timeout_ms=timeout_ms)
        if not self.is_held(link, number):
            raise Unseen(f"{self.held} ran through this time")
        return number


def items(link: Link, number: int) -> list[Data]:
    """The stream items of one call so far."""
    return [frame for frame in link.of(Data) if frame.id == number]


def frames_of(link: Link, number: int) -> list[Data | Progress | Result | Error]:
    """All that came for one call, in order."""
    kinds = (Data, Progress, Result, Error)
    return [frame for frame in link.frames if isinstance(frame, kinds) and frame.id == number]
