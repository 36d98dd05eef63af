"""What a child is told of the user's environment, and what not."""

import random
import subprocess
from pathlib import Path

import planting
from hypothesis import given
from hypothesis import strategies as st

from pegboard.environment import child_environ, safe_path


def test_only_listed_names_pass():
    environ = {"HOME": "/h", "LC_ALL": "C", "OPENAI_API_KEY": "sk", "PYTHONPATH": "/evil", "LD_PRELOAD": "/evil.so"}
    passed = child_environ(environ)
    assert passed.pop("PATH")
    assert passed == {"HOME": "/h", "LC_ALL": "C", "TERM": "dumb", "PEGBOARD_PLUGIN": "1"}


def test_granted_names_pass_but_none_of_ours():
    environ = {"HTTPS_PROXY": "http://p", "PEGBOARD_PLUGIN": "0", "TERM": "xterm"}
    passed = child_environ(environ, granted=["HTTPS_PROXY", "PEGBOARD_PLUGIN", "TERM", "MISSING"])
    assert passed["HTTPS_PROXY"] == "http://p"
    assert passed["PEGBOARD_PLUGIN"] == "1"
    assert passed["TERM"] == "xterm"
    assert "MISSING" not in passed


def test_a_path_loses_what_others_could_write_to(tmp_path: Path):
    workspace, shared, good = tmp_path / "work", tmp_path / "shared", tmp_path / "good"
    for folder in (workspace, workspace / "bin", shared, good):
        folder.mkdir()
    shared.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to(workspace / "bin")
    entries = [".", "", "bin", str(shared), str(workspace / "bin"), str(link), str(good), str(tmp_path / "gone")]
    assert safe_path(":".join(entries), workspace=str(workspace)) == str(good)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=8))
def test_nothing_passes_that_is_not_on_the_list(environ: dict[str, str]):
    allowed = {"HOME", "LANG", "TMPDIR", "TZ", "PATH", "TERM", "PEGBOARD_PLUGIN"}
    assert all(name in allowed or name.startswith("LC_") for name in child_environ(environ))


def test_no_key_of_a_thousand_reaches_a_child():
    """Neither by its name nor by its value, whatever it is called and whatever a manifest asks for beside it."""
    rng = random.Random(11)
    shapes = (
        "{}_API_KEY",
        "{}_TOKEN",
        "{}_SECRET",
        "{}PASSWORD",
        "AWS_{}",
        "{}",
        "lc_{}",
        "PEGBOARD_{}",
        "TERM_{}",
        "PATH{}",
    )
    planted = {
        rng.choice(shapes).format(f"N{number}"): planting.chosen(rng, planting.LETTERS, 24) for number in range(1000)
    }
    environ = {"HOME": "/h", "PATH": "/usr/bin:/bin", "HTTPS_PROXY": "http://p", **planted}
    passed = child_environ(environ, granted=["HTTPS_PROXY", "MISSING"], workspace="/w")
    assert set(passed) == {"HOME", "PATH", "HTTPS_PROXY", "TERM", "PEGBOARD_PLUGIN"}
    assert not set(passed.values()) & set(planted.values())


def test_what_a_child_really_has_in_proc_is_what_was_built():
    environ = child_environ({"OPENAI_API_KEY": "sk-planted-in-parent", "PATH": "/usr/bin:/bin", "HOME": "/h"})
    shown = subprocess.run(["cat", "/proc/self/environ"], env=environ, capture_output=True, check=True).stdout
    assert b"sk-planted" not in shown
    assert dict(pair.split(b"=", 1) for pair in shown.rstrip(b"\0").split(b"\0")).keys() == {
        name.encode() for name in environ
    }
