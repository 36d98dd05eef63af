import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "long" / "journal_kills.py"


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_fifty_kills_lose_no_acknowledged_record():
    done = subprocess.run([sys.executable, SCRIPT, "50"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    table = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines())
    assert (table["kills"], table["faults"]) == ("50", "0")
    assert int(table["acknowledged records"]) > 50
