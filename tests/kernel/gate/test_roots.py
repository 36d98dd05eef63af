"""Folders that a person added to the workspace are held and judged like it; rules that name places still mean those."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pegboard.cli.checking import check_line
from pegboard.gate.place import Place
from pegboard_sdk.wire.manifest import Access


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for name in ("w/f.txt", "lib/f.txt", "lib/src/a.py", "lib/.env", "lib/.git/config", "lib/AGENTS.md", "other/f.txt",
                 "lib/deep/w2/x", "lib-evil/x"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "lib/out").symlink_to(tmp_path / "other")
    (tmp_path / "w/lib").symlink_to(tmp_path / "lib")
    os.link(tmp_path / "lib/.env", tmp_path / "lib/linked")
    return tmp_path


@pytest.fixture
def place(top: Path) -> Iterator[Place]:
    own = SimpleNamespace(**{kind: top / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    with Place.open(
        top / "w", str(top / "h"), own, program_path="/usr/bin:/bin", roots=(top / "lib", top / "w")
    ) as held:
        yield held


def decided(place: Place, tool: str, argument: str, *allow: str, deny: tuple[str, ...] = (), mode: str = "ask") -> str:
    name = "command" if tool == "bash" else "path"
    line = {"tool": tool, "arguments": {name: argument}, "allow": allow, "deny": deny, "mode": mode}
    return check_line(json.dumps(line).encode(), place).decision


def test_a_path_below_an_added_folder_is_inside_and_shown_whole(place: Place, top: Path) -> None:
    for spelt in (f"{top}/lib/src/a.py", f"{top}/lib/./src//a.py", "../lib/src/a.py", "./../lib/src/a.py"):
        found = place.look(spelt)
        assert (found.inside, found.exists, found.shown) == (True, True, f"{top}/lib/src/a.py"), spelt
        assert (found.base, found.root) == (f"{top}/lib", f"{top}/w")


def test_the_workspace_itself_is_no_added_folder(place: Place, top: Path) -> None:
    assert list(place.added) == [f"{top}/lib"]
    assert place.look("f.txt").shown == "f.txt"
    assert place.look(f"{top}/w/f.txt").shown == "f.txt"


@pytest.mark.parametrize("spelt", ["{}/other/f.txt", "{}/lib-evil/x", "{}/lib/../other/f.txt", "{}/lib/out/f.txt",
                                   "../lib/../other/f.txt", "../lib/out/f.txt", "../other/f.txt", "../lib-evil/x", "..",
                                   "lib/out/f.txt"])  # fmt: skip
def test_what_lies_beside_it_or_is_linked_out_stays_outside(place: Place, top: Path, spelt: str) -> None:
    assert not place.look(spelt.format(top)).inside
    assert decided(place, "read_file", spelt.format(top), "read_file(**)") == "ask"


def test_reading_passes_and_writing_asks_like_in_the_workspace(place: Place, top: Path) -> None:
    path = f"{top}/lib/src/a.py"
    assert decided(place, "read_file", path) == "allow"
    assert decided(place, "write_file", path) == "ask"
    assert decided(place, "write_file", path, mode="edit") == "allow"
    assert decided(place, "write_file", path, mode="plan") == "deny"
    assert decided(place, "write_file", path, "write_file") == "allow"
    assert decided(place, "write_file", path, "write_file(**)") == "allow"
    assert decided(place, "write_file", path, f"write_file({top}/lib/**)") == "allow"


def test_an_allow_rule_from_the_workspace_means_the_workspace(place: Place, top: Path) -> None:
    assert decided(place, "write_file", f"{top}/lib/src/a.py", "write_file(./src/**)") == "ask"
    assert decided(place, "write_file", f"{top}/lib/src/a.py", "write_file(src/a.py)") == "ask"
    assert decided(place, "write_file", f"{top}/lib/AGENTS.md", "write_file(AGENTS.md)") == "ask"


@pytest.mark.parametrize("name", [".env", ".git/config", "AGENTS.md", ".vscode/x", ".envrc", "src/.git/hooks/x"])
def test_protected_names_and_credentials_are_so_there_too(place: Place, top: Path, name: str) -> None:
    assert decided(place, "write_file", f"{top}/lib/{name}", "write_file(**)", mode="auto") == "ask"
    assert decided(place, "read_file", f"{top}/lib/.env", "read_file(**)") == "ask"
    assert decided(place, "write_file", f"{top}/lib/{name}", f"write_file({top}/lib/{name})") == "allow"


@pytest.mark.parametrize("rule", ["Read(.env)", "Read(./.env)", "Read(**/.env)", "Read(*.env)", "Read(~/../lib/.env)"])
def test_deny_rules_bind_there_by_every_name(place: Place, top: Path, rule: str) -> None:
    if "~" in rule:
        rule = f"Read({top}/lib/.env)"
    for spelt in (f"{top}/lib/.env", "../lib/.env", f"{top}/lib/.ENV", f"{top}/lib/linked"):
        exact = f"read_file({top}/lib/.env)"
        if not spelt.endswith(".ENV"):
            assert decided(place, "read_file", spelt, exact, deny=(rule,)) == "deny", spelt
    assert decided(place, "bash", f"cat {top}/lib/.env", "bash(cat *)", deny=(rule,)) == "deny"


def test_commands_may_name_files_there_and_not_go_there(place: Place, top: Path) -> None:
    assert decided(place, "bash", f"cat {top}/lib/f.txt", "bash(cat *)") == "allow"
    assert decided(place, "bash", "cat ../lib/f.txt", "bash(cat *)") == "allow"
    assert decided(place, "bash", f"cat {top}/lib/.env", "bash(cat *)") == "ask"
    assert decided(place, "bash", f"rm -rf {top}/lib", "bash(rm *)") == "ask"
    assert decided(place, "bash", f"rm -rf {top}/lib/deep", "bash(rm *)") == "allow"
    assert decided(place, "bash", f"grep -r x {top}/lib", "bash(grep *)") == "ask"
    assert decided(place, "bash", f"cp {top}/w/f.txt {top}/lib/.git/x", "bash(cp *)") == "ask"
    assert decided(place, "bash", f"cd {top}/lib && cat f.txt", "bash(cd *)", "bash(cat *)") == "ask"


def test_what_an_answer_would_cover_there_is_the_whole_path(place: Place, top: Path) -> None:
    line = {"tool": "write_file", "arguments": {"path": "../lib/new.txt"}, "mode": "ask"}
    answer = check_line(json.dumps(line).encode(), place)
    assert answer.effects == (f"write {top}/lib/new.txt",)  # type: ignore[union-attr]
    assert decided(place, "write_file", "../lib/new.txt", f"write_file({top}/lib/new.txt)") == "allow"


def test_a_folder_in_the_workspace_or_above_it_may_be_added(top: Path) -> None:
    own = SimpleNamespace(**{kind: top / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    with Place.open(top / "lib/deep", str(top / "h"), own, roots=(top, top / "lib/deep/w2")) as held:
        assert held.look("w2/x").shown == "w2/x"
        assert held.look("../../other/f.txt").inside
        assert held.look(f"{top}/own/config/x", access=Access.WRITE).sensitivity.name == "OWN"


def test_a_root_that_is_no_folder_is_refused_and_nothing_stays_open(top: Path) -> None:
    own = SimpleNamespace(**{kind: top / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="Not a directory"):
        Place.open(top / "w", "/h", own, roots=(top / "lib", top / "w/f.txt"))
    with pytest.raises(FileNotFoundError):
        Place.open(top / "w", "/h", own, roots=(top / "none",))
    assert len(os.listdir("/proc/self/fd")) == before
