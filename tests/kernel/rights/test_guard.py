"""Names that other tools obey are shut while they exist, and put out of effect when a confined command made them."""

from pathlib import Path

from pegboard.rights.guard import existing, missing, put_out_of_effect


def test_what_exists_is_found_at_the_top_and_in_repositories_below(tmp_path: Path) -> None:
    for folder in (".git", "sub/deep/.git/hooks", "node_modules/x/.git", "src"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "AGENTS.md").touch()
    (tmp_path / ".envrc").symlink_to("nowhere")
    found = {Path(path).relative_to(tmp_path).as_posix() for path in existing([str(tmp_path)])}
    assert found == {".git", "sub/deep/.git", "AGENTS.md", ".envrc"}


def test_what_a_command_made_is_renamed_and_said(tmp_path: Path) -> None:
    before = missing([str(tmp_path)])
    assert str(tmp_path / ".envrc") in before
    (tmp_path / ".envrc").write_text("evil")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github").mkdir()
    said = put_out_of_effect(before, "c1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".envrc.held-c1", ".git.held-c1", ".github"]
    assert len(said) == 2
    assert all("which other tools obey" in each for each in said)


def test_what_cannot_be_renamed_is_said(tmp_path: Path) -> None:
    before = missing([str(tmp_path)])
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git.held-c1").mkdir()
    (tmp_path / ".git.held-c1" / "full").touch()
    (said,) = put_out_of_effect(before, "c1")
    assert "could not be renamed" in said


def test_what_was_there_before_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "CLAUDE.md").touch()
    assert put_out_of_effect(missing([str(tmp_path)]), "c1") == []
    assert (tmp_path / "CLAUDE.md").exists()
