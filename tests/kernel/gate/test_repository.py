"""A repository whose settings run programs asks, whichever command of git is granted; so does unpacking archives."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pegboard.cli.checking import check_line
from pegboard.gate.place import Place

GRANTS = ("bash(git *)", "bash(git add *)", "bash(git commit *)", "bash(git log *)", "bash(git status)", "bash(cd *)")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    own = SimpleNamespace(**{kind: tmp_path / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    (tmp_path / "w/src").mkdir(parents=True)
    (tmp_path / "w/f.txt").write_text("x")
    subprocess.run(["git", "init", "-q", tmp_path / "w"], check=True, stdin=subprocess.DEVNULL)
    with Place.open(tmp_path / "w", str(tmp_path / "h"), own, program_path="/usr/bin:/bin") as held:
        yield held


def decided(place: Place, command: str, *allow: str, mode: str = "ask") -> str:
    line = {"tool": "bash", "arguments": {"command": command}, "allow": allow or GRANTS, "mode": mode}
    return check_line(json.dumps(line).encode(), place).decision


def configured(place: Place, *settings: str) -> None:
    for setting in settings:
        name, _, value = setting.partition("=")
        subprocess.run(["git", "-C", place.root_path, "config", name, value], check=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "setting",
    ["filter.x.clean=./x.sh", "filter.x.smudge=sh x.sh", "filter.a b.process=x", "core.fsmonitor=./x.sh",
     "diff.x.textconv=./x.sh", "diff.external=./x.sh", "diff.x.command=x", "core.sshCommand=./x.sh",
     "core.hooksPath=hooks", "core.worktree=/", "gpg.program=./x.sh", "include.path=../x", "credential.helper=!sh x.sh",
     "merge.x.driver=./x.sh", "includeIf.gitdir:/.path=x", "remote.origin.uploadpack=./x.sh",
     "filter.lfs.clean=git-lfs; ./x.sh", "core.attributesFile=x"],
)  # fmt: skip
def test_settings_that_run_what_nobody_knows_ask_whatever_is_granted(place: Place, setting: str) -> None:
    assert decided(place, "git add f.txt") == "allow"
    configured(place, setting)
    for command in ("git add f.txt", "git status", "git log -1", "cd src && git log -1"):
        assert decided(place, command) == "ask", command
    assert decided(place, "git add f.txt", mode="auto") == "ask"
    assert decided(place, "git add f.txt", mode="full") == "allow"


@pytest.mark.parametrize(
    "setting",
    ["filter.lfs.clean=git-lfs clean -- %f", "filter.lfs.process=git-lfs filter-process", "core.fsmonitor=true",
     "core.hooksPath=.husky/_", "user.name=A # B", "alias.x=!sh x.sh", "core.pager=less", "credential.helper=store",
     "remote.origin.url=https://a.b/c.git", "filter.lfs.required=true",
     "credential.https://github.com.helper=!/usr/bin/gh auth git-credential", "merge.ours.driver=true",
     "gpg.program=/usr/bin/gpg"],
)  # fmt: skip
def test_common_settings_ask_nothing(place: Place, setting: str) -> None:
    configured(place, setting)
    assert decided(place, "git add f.txt") == "allow"


def test_every_way_to_write_a_setting_is_read(place: Place) -> None:
    config = Path(place.root_path, ".git/config")
    whole = config.read_text()
    for text in ('[filter "x"] clean = ./x.sh', '[FILTER "x"]\n\tCLEAN=./x.sh ; note', "[filter.x]\nclean = \\\n./x.sh",
                 '[core]\n  fsmonitor = "./x.sh"', "[x]\n[core]fsmonitor=./x.sh",
                 "[core]\n" + "#\n" * 200_000):  # fmt: skip
        config.write_text(f"{whole}\n{text}\n")
        assert decided(place, "git status") == "ask", text[:40]
    config.write_text(f"{whole}\n[core]\n# fsmonitor = ./x.sh\n; fsmonitor = ./x.sh\n")
    assert decided(place, "git status") == "allow"


def test_the_repository_that_counts_is_the_nearest(place: Place) -> None:
    inner = Path(place.root_path, "src/.git")
    inner.mkdir()
    (inner / "config").write_text("[core]\nfsmonitor = ./x.sh\n")
    assert decided(place, "git log -1") == "allow"
    assert decided(place, "cd src && git log -1") == "ask"
    assert decided(place, "git -C src log -1", "bash(git -C src log *)") == "ask"


def test_a_submodule_is_told_where_its_own_tree_is(place: Place) -> None:
    modules = Path(place.root_path, ".git/modules/src")
    subprocess.run(["git", "init", "-q", "--bare", modules], check=True, stdin=subprocess.DEVNULL)
    Path(place.root_path, "src/.git").write_text("gitdir: ../.git/modules/src\n")
    with (modules / "config").open("a") as file:
        file.write("[core]\n\tworktree = ../../../src\n")
    assert decided(place, "cd src && git log -1") == "allow"
    with (modules / "config").open("a") as file:
        file.write("[core]\n\tfsmonitor = ./x.sh\n")
    assert decided(place, "cd src && git log -1") == "ask"


@pytest.mark.parametrize(
    "command",
    ["tar xf a.tar", "tar -xf a.tar", "tar --extract --file=a.tar", "tar -xf a.tar -C src", "bsdtar -xf a.tar",
     "unzip a.zip", "python -m tarfile -e a.tar", "python -m zipfile -e a.zip .", "7z x a.7z", "cpio -i", "pax -r"],
)  # fmt: skip
def test_unpacking_asks_under_a_wide_rule_since_members_name_places(place: Place, command: str) -> None:
    member = Path(place.root_path, "f.txt")
    with tarfile.open(Path(place.root_path, "a.tar"), "w") as archive:
        archive.add(member, arcname="../../x")
    assert decided(place, command, f"bash({command.split(maxsplit=1)[0]} *)") == "ask"
