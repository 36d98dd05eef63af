"""Runs the rows of `tests/kernel/gate/cases/` that must not be allowed in a real bash, and notes which have the effect
that their rule does not grant: `python tests/long/proving.py [NAME ...]`, of `shell` and `manuals` if none is named.

Each runs alone in a closed room of bubblewrap: a copy of a small workspace, no network, everything else read-only. The
effect that is looked for is the file `PWNED`.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = Path(__file__).parents[1] / "kernel/gate/cases"
CANARY = "PWNED"
ROOM = ("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
        "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", "/tmp", "--ro-bind", "/", "/",
        "--tmpfs", "/root", "--tmpfs", "/home", "--tmpfs", "/run", "--dev", "/dev", "--proc", "/proc",
        "--tmpfs", "/tmp")  # fmt: skip


def has_effect(command: str) -> bool:
    """Whether bash, given the command in a workspace of its own, makes the canary."""
    with tempfile.TemporaryDirectory() as top:
        workspace = Path(top) / "w"
        (workspace / "src").mkdir(parents=True)
        for name in ("f.txt", "README.md", "src/app.py", "big.txt"):
            (workspace / name).write_text("x\n")
        for name in ("x.sh", "git", "src/x.sh"):
            (workspace / name).write_text(f"#!/bin/sh\ntouch {CANARY}\n")
            (workspace / name).chmod(0o755)
        subprocess.run(["git", "init", "-q", workspace], check=True)
        argv = [*ROOM, "--bind", str(workspace), "/tmp/w", "--chdir", "/tmp/w"]
        try:
            argv += ["timeout", "5", "bash", "--noprofile", "--norc", "-c", command]
            subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=8, check=False)
        except (subprocess.TimeoutExpired, ValueError):
            return False
        return any(path.exists() for path in (workspace / CANARY, workspace / "src" / CANARY))


def prove(file: Path) -> tuple[int, int]:
    """How many commands of a file were run, and how many had the effect; notes which."""
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    proven = tried = 0
    for row in rows:
        row.pop("proven", None)
        if row["must"] == "allow":
            continue
        found = [command for command in row["commands"] if CANARY in command or "x.sh" in command]
        tried += len(found)
        if shown := [command for command in found if has_effect(command)]:
            row["proven"] = shown
            proven += len(shown)
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tried, proven


def main() -> int:
    for name in sys.argv[1:] or ("shell", "manuals"):
        tried, proven = prove(CASES / f"{name}.jsonl")
        print(f"{name}: {tried} commands run, {proven} had an effect that their rule does not grant")
    return 0


if __name__ == "__main__":
    sys.exit(main())
