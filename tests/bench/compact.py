"""What compaction costs and what it keeps, against naive truncation: `python tests/bench/compact.py`.

Sessions of 100, 1,000 and 10,000 turns with facts planted at random turns. A fact counts as kept where its text stands
in the conversation, as a handle where the text of a handle that stands there has it (one step), or one that such a text
names (chain). Truncation keeps the last tokens that fit into what compaction left. A script writes the summaries.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from long_sessions import Session, Stage, cheap

from pegboard_compact.decision import decided
from pegboard_compact.settings import Settings
from pegboard_sdk.wire.parts import Text
from pegboard_sdk.wire.records import Message, ToolResult

HANDLE = re.compile(r"output:([0-9a-f]{12})")
FACTS = 60
SHARE = 0.5


def made(turns: int) -> Session:
    """A session of so many turns, facts among them."""
    session = Session(random.Random(turns), widest=3000)
    session.user("please do it")
    planted = set(random.Random(1).sample(range(turns), FACTS))
    for number in range(turns):
        session.turn()
        if number in planted:
            session.plant(number)
    return session


def text_of(entries: Iterable[Message | ToolResult]) -> str:
    """All that a model reads of them, without calls."""
    return "\n".join(part.text for entry in entries for part in entry.parts if isinstance(part, Text))


def steps(stage: Stage, text: str) -> list[str]:
    """The text itself, what its handles lead to, and what those lead to."""
    names = {name[:12]: name for name in stage.blobs}
    found, seen = [text], set[str]()
    for _ in range(3):
        near = {names[each] for each in HANDLE.findall(found[-1]) if each in names} - seen
        seen |= near
        found.append("\n".join(stage.blobs[name].decode() for name in near))
    return found


def newest(stage: Stage, tokens: int) -> str:
    """Naive truncation: the last entries that are so many tokens."""
    kept: list[Message | ToolResult] = []
    for unit in reversed(stage.transcript.units()):
        tokens -= stage.transcript.estimator.estimate(unit.size)
        if tokens < 0:
            break
        kept += unit.entries
    return text_of(kept)


def recall(session: Session, texts: list[str]) -> dict[str, Counter[str]]:
    """By kind of fact, how many were found how far away."""
    found: dict[str, Counter[str]] = {}
    names = ("kept", "handle", "chain", "chain")
    for fact in session.facts:
        where = next((name for name, text in zip(names, texts, strict=False) if fact.text in text), "lost")
        found.setdefault(fact.kind, Counter())[where] += 1
    return found


def measured(turns: int, times: int) -> dict[str, Any]:
    """One session, compacted so many times to a half of what it was."""
    session = made(turns)
    stage = Stage(session.records, model=cheap)
    before = stage.tokens
    naive_stage = Stage(session.records)
    began = time.perf_counter()
    for _ in range(times):
        why = stage.shorten(int(SHARE * stage.tokens))
        assert not why, why
    whole_s = (time.perf_counter() - began) / times
    wanted, _ = stage.plans[0]
    began = time.perf_counter()
    decided(wanted, Settings())
    decide_s = time.perf_counter() - began
    after = stage.tokens
    kept = recall(session, steps(stage, text_of(stage.transcript.entries())))
    naive = recall(session, [newest(naive_stage, after - 3000)])
    return {
        "before": before, "after": after, "decide": decide_s, "whole": whole_s, "kept": kept, "naive": naive,
    }  # fmt: skip


def main() -> None:
    """Print the tables."""
    print(f"{'turns':>6} {'times':>5} {'decide ms':>9} {'all ms':>8} {'before':>10} {'after':>9}   ", end="")
    print("recall: kept, one handle away, further; truncation")
    for turns in (100, 1_000, 10_000):
        for times in (1, 3):
            found = measured(turns, times)
            total = sum(found["kept"].values(), Counter[str]())
            naive = sum(found["naive"].values(), Counter[str]())
            count = sum(total.values())
            print(
                f"{turns:>6} {times:>5} {found['decide'] * 1e3:>9.1f} {found['whole'] * 1e3:>8.1f} "
                f"{found['before']:>10,} {found['after']:>9,}   "
                f"{total['kept'] / count:>4.0%} {total['handle'] / count:>4.0%} {total['chain'] / count:>4.0%}; "
                f"{naive['kept'] / count:>4.0%}"
            )
            for kind in sorted(found["kept"]):
                one, other = found["kept"][kind], found["naive"][kind]
                print(f"{'':>54}   {kind}: {dict(one)}; truncation {other['kept']} of {sum(other.values())}")


if __name__ == "__main__":
    main()
