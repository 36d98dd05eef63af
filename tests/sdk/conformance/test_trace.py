"""A trace shows every frame of both sides as a line of JSON."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMMAND = [
    "--manifest",
    str(HERE / "misbehaving" / "pegboard.toml"),
    "--",
    sys.executable,
    str(HERE / "misbehaving.py"),
]


def trace(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    done = subprocess.run(
        [sys.executable, "-m", "pegboard_sdk.trace", *arguments, *COMMAND],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_a_call_is_shown_from_hello_to_bye() -> None:
    status, frames, errors = trace("--call", "items", "--arguments", '{"slow": true}')
    assert (status, errors) == (0, "")
    kinds = [(frame["from"], frame["kind"]) for frame in frames]
    assert kinds[:3] == [("kernel", "Hello"), ("plugin", "Ready"), ("kernel", "Call")]
    assert kinds.count(("plugin", "Data")) == 3
    assert kinds[-2:] == [("kernel", "Drain"), ("plugin", "Bye")]
    call = next(frame for frame in frames if frame["kind"] == "Call")
    assert call["params"]["arguments"] == {"slow": True}  # type: ignore[index]
    result = next(frame for frame in frames if frame["kind"] == "Result")
    assert result["value"] == {"parts": [{"kind": "text", "text": "done"}]}


def test_a_refused_call_is_said_and_fails() -> None:
    status, frames, errors = trace("--call", "nothing")
    assert status == 1
    assert "nothing: METHOD_NOT_FOUND" in errors
    assert frames[-1]["kind"] == "Bye"


def test_without_a_call_it_greets_and_leaves() -> None:
    status, frames, _ = trace()
    assert (status, [frame["kind"] for frame in frames]) == (0, ["Hello", "Ready", "Drain", "Bye"])
