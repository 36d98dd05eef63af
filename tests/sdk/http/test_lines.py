"""Lines are lent and kept; what they import comes late, and leaves nothing behind that others would notice."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from lined import lines_to, whole
from scripted_server import ScriptedServer, Turn

from pegboard_sdk import InvalidParams
from pegboard_sdk.http.lines import MAX_IDLE

TOOLS = Path(__file__).parents[2] / "tools"
WARMED = f"""
import gc, sys
sys.path.insert(0, {str(TOOLS)!r})
from pegboard_sdk.http import Lines, endpoint_from
assert "httpx2" not in sys.modules and "ssl" not in sys.modules
from pegboard_sdk import Setup
from pegboard_sdk.http import Service
def caller(endpoint, web):
    assert not gc.isenabled()
    from pegboard_sdk.http.plain import Plain
    return Plain(endpoint, web)
service = Service(url="https://x.example", key="KEY", forms="", keyless="")
Lines(endpoint_from(service, Setup(settings={{"base_url": "http://127.0.0.1:1"}})), caller, repr).warm()
assert "httpx2" in sys.modules and "trio" not in sys.modules and gc.isenabled()
import trio
assert trio.run
"""


def test_a_line_is_made_ready_without_trio_and_the_collector_goes_on_afterwards():
    subprocess.run([sys.executable, "-c", WARMED], check=True, timeout=60)


def test_the_line_that_was_used_last_is_lent_first_and_few_are_kept():
    with ScriptedServer([Turn(text="a")]) as server, closing(lines_to(server.url)) as lines:
        taken = [lines.take() for _ in range(MAX_IDLE + 2)]
        for line in taken:
            lines.give(line)
        kept = [lines.take() for _ in range(MAX_IDLE)]
        assert kept == taken[MAX_IDLE - 1 :: -1]
        assert lines.take() not in taken


def test_lines_that_are_closed_keep_none_and_serve_on():
    with ScriptedServer([Turn(text="a")]) as server:
        lines = lines_to(server.url)
        whole(lines)
        lines.close()
        whole(lines)
        whole(lines)
        assert len({seen.connection for seen in server.seen}) == 3


def test_what_is_wrong_is_told_to_who_takes_a_line_and_not_to_who_warms_it():
    with closing(lines_to("http://127.0.0.1:1", proxy="gopher://p")) as lines:
        lines.warm_soon()
        with pytest.raises(InvalidParams, match="gopher"):
            lines.take()
