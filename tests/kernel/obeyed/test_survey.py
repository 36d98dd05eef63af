"""What a folder would have obeyed: its own files, those above, what they import; and how trust follows each."""

import os
from pathlib import Path

import pytest

from pegboard.obeyed import nested_in, present, survey
from pegboard.policy import Obeyed, Standing, Trust


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    work = tmp_path / "repository" / "part"
    work.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    return work


def put(path: Path, text: str = "Be kind.") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_folders_above_speak_up_to_the_root_of_the_repository(work: Path, tmp_path: Path) -> None:
    put(tmp_path / "AGENTS.md", "not of this repository")
    put(tmp_path / "repository/AGENTS.md", "@docs/all.md")
    put(tmp_path / "repository/docs/all.md", "for all")
    put(work / "CLAUDE.md")
    assert present(work) == ["CLAUDE.md", "../AGENTS.md"]
    assert set(survey(work).files) == {"CLAUDE.md", "../AGENTS.md", "../docs/all.md"}


def test_without_a_repository_they_speak_below_home(work: Path, tmp_path: Path) -> None:
    (tmp_path / "repository/.git").rmdir()
    for folder in (tmp_path, tmp_path / "repository"):
        put(folder / "AGENTS.md")
    assert present(work) == ["../AGENTS.md"]


def test_imports_count_for_trust_like_what_imports_them(work: Path, tmp_path: Path) -> None:
    put(work / "AGENTS.md", "@docs/a.md and @missing.md and `@docs/code.md`")
    put(work / "docs/a.md", "@b.md")
    put(work / "docs/b.md", "the end")
    put(work / "docs/code.md")
    trust = Trust(tmp_path / "state")
    assert set(trust.accept(work).files) == {"AGENTS.md", "docs/a.md", "docs/b.md"}
    put(work / "docs/code.md", "changed, and not imported")
    assert trust.view(work).standing is Standing.TRUSTED
    put(work / "docs/b.md", "something else")
    assert trust.view(work).notes == ("changed: docs/b.md",)
    assert trust.view(work).obeyed == Obeyed()
    put(work / "docs/b.md", "the end")
    put(work / "missing.md")
    assert trust.view(work).notes == ("new: missing.md",)


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("@a.md", "a.md", "imports itself: a.md → b.md → a.md"),
        ("@../out.md", "../out.md", "leads out of the folder"),
        ("@/etc/motd.md", "/etc/motd.md", "leads out of the folder"),
        ("@.env", ".env", "is where keys are kept"),
        ("@keys/server.pem", "keys/server.pem", "is where keys are kept"),
        ("@link.md", "link.md", "is a link; only a plain file is obeyed"),
        ("@linked/x.md", "linked/x.md", "is a link; only a plain file is obeyed"),
        ("@huge.md", "huge.md", "huge.md is larger than 1048576 bytes; nothing of that size is obeyed"),
        ("@0.md", "5.md", "is more than 5 imports away"),
    ],
)
def test_what_may_not_be_imported_is_named(work: Path, text: str, name: str, why: str) -> None:
    put(work / "AGENTS.md", text)
    put(work / "a.md", "@b.md")
    put(work / "b.md", "@a.md")
    put(work.parent / "out.md")
    put(work / ".env", "KEY=1")
    put(work / "keys/server.pem")
    (work / "link.md").symlink_to("a.md")
    (work / "linked").symlink_to(work.parent)
    put(work.parent / "x.md")
    put(work / "huge.md", "x" * (1 << 20) + "x")
    for at in range(8):
        put(work / f"{at}.md", f"@{at + 1}.md")
    found = survey(work)
    assert found.refused[name] == why
    assert not any(one.endswith((".env", ".pem", "out.md", "x.md", "motd.md")) for one in found.files)


def test_a_folder_or_a_pipe_that_is_named_is_a_word(work: Path) -> None:
    put(work / "AGENTS.md", "@src @pipe @nobody")
    put(work / "src/secret.py")
    os.mkfifo(work / "pipe")
    assert set(survey(work).files) == {"AGENTS.md"}
    assert survey(work).refused == {}


def test_trusting_a_folder_trusts_its_subfolders_but_not_dependencies(work: Path, tmp_path: Path) -> None:
    put(work / "src/api/AGENTS.md", "@style.md")
    put(work / "src/api/style.md")
    put(work / "src/GEMINI.md")
    put(work / "node_modules/x/AGENTS.md")
    put(work / ".hidden/AGENTS.md")
    put(work / "big/AGENTS.md", "x" * (1 << 20) + "x")
    assert nested_in(work) == ["big/AGENTS.md", "src/GEMINI.md", "src/api/AGENTS.md"]
    trust = Trust(tmp_path / "state")
    trust.accept(work)
    assert trust.view(work).standing is Standing.TRUSTED
    view = trust.nested(work, ["src/api/AGENTS.md"])
    assert (view.standing, set(view.obeyed.files)) == (Standing.TRUSTED, {"src/api/AGENTS.md", "src/api/style.md"})


def test_a_change_below_asks_for_that_file_alone(work: Path, tmp_path: Path) -> None:
    names = ["src/AGENTS.md", "lib/AGENTS.md"]
    for name in names:
        put(work / name)
    trust = Trust(tmp_path / "state")
    assert trust.nested(work, names[:1]).standing is Standing.UNKNOWN
    trust.accept(work)
    put(work / names[0], "Be wild.")
    changed = trust.nested(work, names[:1])
    assert (changed.standing, changed.notes, changed.obeyed) == (
        Standing.CHANGED,
        ("changed: src/AGENTS.md",),
        Obeyed(),
    )
    assert trust.view(work).standing is trust.nested(work, names[1:]).standing is Standing.TRUSTED
    put(work / "new/AGENTS.md")
    assert trust.nested(work, ["new/AGENTS.md"]).notes == ("new: new/AGENTS.md",)
    trust.accept_nested(work, ["new/AGENTS.md"])
    trust.accept_nested(work, names[:1])
    assert trust.nested(work, [*names, "new/AGENTS.md"]).standing is Standing.TRUSTED


def test_accepting_what_lies_below_trusts_nothing_at_the_top(work: Path, tmp_path: Path) -> None:
    put(work / "src/AGENTS.md")
    trust = Trust(tmp_path / "state")
    trust.accept_nested(work, ["src/AGENTS.md"])
    put(work / "AGENTS.md")
    assert (trust.view(work).standing, trust.view(work).obeyed) == (Standing.CHANGED, Obeyed())
