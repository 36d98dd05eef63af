"""Which files of skills reach a session: the user's own, and a trusted folder's as it was trusted."""

import pytest

from pegboard.cli.skills import MOST_BYTES, MOST_IN_ALL, skills_of
from pegboard.policy import Obeyed, present, survey


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "config" / "skills"
    folder.mkdir(parents=True)
    return folder


def plant(folder, path, text="x"):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def test_the_user_s_own_are_there_and_only_trusted_ones_of_a_project(config):
    plant(config, "lint/SKILL.md", "mine")
    plant(config, "lint/docs/more.md", "more")
    plant(config, "stray.md")
    assert skills_of(config.parent, Obeyed()) == {
        "~/skills/lint/SKILL.md": b"mine",
        "~/skills/lint/docs/more.md": b"more",
    }
    obeyed = Obeyed({".agents/skills/a/SKILL.md": b"a", ".pegboard/config.toml": b"no", "AGENTS.md": b"no"})
    assert set(skills_of(config.parent, obeyed)) >= {".agents/skills/a/SKILL.md"}
    assert ".pegboard/config.toml" not in skills_of(config.parent, obeyed)


def test_a_project_s_path_cannot_look_like_the_user_s_own(config):
    assert skills_of(config.parent, Obeyed({"~/skills/a/SKILL.md": b"a"})) == {}


def test_links_that_go_round_are_not_followed_and_a_linked_skill_is(config, tmp_path):
    plant(tmp_path, "dotfiles/lint/SKILL.md", "linked")
    (config / "lint").symlink_to(tmp_path / "dotfiles" / "lint")
    (tmp_path / "dotfiles" / "lint" / "loop").symlink_to(tmp_path / "dotfiles" / "lint")
    assert skills_of(config.parent, Obeyed()) == {"~/skills/lint/SKILL.md": b"linked"}


def test_what_is_huge_is_cut_and_after_too_much_nothing_is_read(config):
    plant(config, "huge/SKILL.md", "x" * (MOST_BYTES + 10))
    assert len(skills_of(config.parent, Obeyed())["~/skills/huge/SKILL.md"]) == MOST_BYTES
    many = Obeyed({f".agents/skills/s{at:03}/SKILL.md": b"x" * MOST_BYTES for at in range(100)})
    found = skills_of(config.parent, many)
    assert sum(map(len, found.values())) <= MOST_IN_ALL + MOST_BYTES
    assert len(found) == 101


@pytest.mark.parametrize("place", [".agents/skills", ".claude/skills"])
def test_skills_are_part_of_what_trust_is_bound_to(tmp_path, place):
    plant(tmp_path, f"{place.partition('/')[0]}/settings.json", "nobody's business")
    assert present(tmp_path) == []
    plant(tmp_path, f"{place}/lint/SKILL.md", "one")
    assert present(tmp_path) == [place]
    before = survey(tmp_path).hashes()
    assert set(before) == {f"{place}/lint/SKILL.md"}
    plant(tmp_path, f"{place}/lint/SKILL.md", "other")
    assert survey(tmp_path).hashes() != before


@pytest.mark.parametrize("link", [".agents", ".agents/skills", ".agents/skills/lint", ".agents/skills/lint/SKILL.md"])
def test_a_link_is_named_and_never_followed(tmp_path, link):
    outside = tmp_path / "outside"
    plant(outside, "skills/lint/SKILL.md")
    plant(outside, "lint/SKILL.md")
    folder = tmp_path / "project"
    (folder / link).parent.mkdir(parents=True, exist_ok=True)
    (folder / link).symlink_to(outside)
    found = survey(folder)
    assert found.files == {}
    assert found.links == {link: str(outside)}
