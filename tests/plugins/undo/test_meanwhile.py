"""What a user wrote between and after an agent's calls is there when these are undone, and all else is as it was."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from undo_bench import Bench, snapshot
from undo_programs import COMMANDS, NAMES, START, TEXTS

EDITS = st.lists(st.tuples(NAMES, TEXTS.map("mine {}".format)), max_size=2)
"""Nothing that a command writes: what a user wrote the same as an agent is taken for the agent's."""

PROMPTS = st.lists(st.tuples(st.lists(COMMANDS, min_size=1, max_size=2), EDITS), min_size=1, max_size=3)


def saved(file: Path, text: str) -> bool:
    """Write as editors do: another file takes the name. Only where that is no folder, link, or below one."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_symlink() or file.is_dir() or file.parent.resolve() != file.parent.absolute():
            return False
        other = file.with_name(f"{file.name}.saved")
        other.write_text(text)
        os.replace(other, file)
    except OSError:
        return False
    return True


def is_apart(path: str, name: str) -> bool:
    """Whether neither is the other, nor above it."""
    return path != name and not path.startswith(f"{name}/") and not name.startswith(f"{path}/")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(PROMPTS)
def test_what_a_user_wrote_meanwhile_stays(prompts: list[tuple[list[str], list[tuple[str, str]]]]) -> None:
    with TemporaryDirectory(prefix="peg-undo-") as folder:
        bench = Bench(Path(os.path.realpath(folder)))
        bench.outside(START)
        before = snapshot(bench.root)
        written: dict[str, str] = {}
        for bench.prompt, (scripts, edits) in enumerate(prompts, start=1):
            for script in scripts:
                bench.shell(script)
            written |= {name: text for name, text in edits if saved(bench.root / name, text)}
        said = bench.undo("--to-turn 0")
        bench.desk.close()
        for name, text in written.items():
            assert (bench.root / name).read_text() == text, said
        after = snapshot(bench.root)
        for path in before.keys() | after:
            if all(is_apart(path, name) for name in written):
                # Or it was one file with what the user wrote, which is said.
                is_same = after.get(path, [])[:2] == before.get(path, [])[:2]
                assert is_same or f"left {path} as it is" in said, f"{path}\n{said}"
