"""`/compact`: a cheap model's summary that is checked, what was kept, and taking it back; over real processes."""

import sys
from pathlib import Path
from typing import Any

from scripted_server import Turn

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, played

from pegboard_sdk.wire.records import Compacted, Spent

LONG = "Then I looked at this and that, and it was long. " * 60
SUMMARY = "The relay was looked at.\nIt listens on port 99999.\nAnd so it went on.\nNothing is open."


def test_a_person_compacts_with_a_focus_sees_it_and_takes_it_back(home: Any, monkeypatch: Any) -> None:
    async def act(stage: Stage) -> None:
        assert "nothing is compacted" in await stage.failed("/compact undo")
        for n in range(8):
            await stage.prompted(f"question {n}")
        whole = list(stage.session.transcript.entries())
        price = total(await stage.ok("/context"))
        assert "became" in await stage.ok("/compact the relay")
        (cut,) = stage.records(Compacted)
        assert "The relay was looked at." in cut.summary
        assert "99999" not in cut.summary, "what did not occur is not believed"
        assert "Above all keep what concerns: the relay" in str(stage.server.bodies[-1]["messages"][-1])
        assert [spent.purpose for spent in stage.records(Spent)] == ["compact"]
        assert total(await stage.ok("/context")) < price
        await stage.prompted("and now")
        sent = stage.server.bodies[-1]["messages"]
        assert [m["content"] for m in sent if m["role"] == "user" and "question" in str(m["content"])] == [
            f"question {n}" for n in range(8)
        ]
        assert "2. We decided on port 4815." in [message["content"] for message in sent], "what was decided stays"
        assert LONG.strip() not in str(sent[2])
        handle = cut.summary.rpartition("output:")[2][:12]
        assert LONG.strip() in stage.session.journal.blobs.read(cut.handles[0]).decode()
        assert any(name.startswith(handle) for name in cut.handles)
        assert "again" in await stage.ok("/compact undo")
        assert list(stage.session.transcript.entries())[: len(whole)] == whole
        await stage.prompted("and then")
        assert LONG.strip() in str(stage.server.bodies[-1]["messages"])
        assert "nothing is compacted" in await stage.failed("/compact undo")
        assert "became" in await stage.ok("/compact medium")

    answers = [Turn(text=f"{n}. We decided on port 4815.") if n == 2 else Turn(text=f"{n}. {LONG}") for n in range(8)]
    played(home, monkeypatch, act, *answers, Turn(text=SUMMARY), Turn(text="well"), Turn(text="well then"))


def total(shown: str) -> int:
    return int(shown.rpartition("in all, about")[2].split()[0].replace(",", ""))
