"""What a session is offered: whose skill counts, what the prompt says, what loading gives."""

import pytest

from pegboard_skills import packs
from pegboard_skills.front import Flawed
from pegboard_skills.markers import fitting, names_in
from pegboard_skills.shelf import MAX_PROMPT, MAX_TOLD, Shelf


def skill(description="Lints.", body="Do it."):
    return f"---\ndescription: {description}\n---\n{body}".encode()


def test_the_user_s_own_counts_before_the_project_s_and_both_before_a_pack():
    shelf = Shelf(
        {
            ".agents/skills/lint/SKILL.md": skill("The project's."),
            ".agents/skills/python/SKILL.md": skill("Of here."),
            "~/skills/lint/SKILL.md": skill("Mine."),
        },
        packs(),
    )
    owners = {name: one.owner for name, one in shelf.skills.items()}
    assert (owners["lint"], owners["python"], owners["security"]) == ("you", "project", "pack")
    assert "taken by ~/skills/lint/SKILL.md" in shelf.flaws[".agents/skills/lint/SKILL.md"]


def test_a_file_that_is_no_skill_is_told_to_people_and_not_to_the_model():
    shelf = Shelf({".claude/skills/bad/SKILL.md": b"\xff", "~/skills/lint/SKILL.md": skill()})
    assert shelf.told().splitlines()[1:] == ["- lint: Lints."]
    assert ".claude/skills/bad/SKILL.md: it is not UTF-8" in shelf.listed()
    assert "lint" in shelf.listed()
    assert "tokens" in shelf.listed()


def test_without_skills_the_prompt_costs_nothing():
    assert Shelf({}).told() is None
    assert Shelf({}).listed() == "no skills"


def test_the_prompt_stays_short_and_names_every_skill():
    many = {f"~/skills/s{at}/SKILL.md": skill("word " * 200) for at in range(100)}
    told = Shelf(many).told()
    assert len(told) < MAX_PROMPT + 300
    assert all(f"- s{at}" in told for at in range(100))
    assert max(map(len, told.splitlines()[1:])) <= MAX_TOLD + 8


def test_loading_gives_the_body_and_names_the_files_each_of_which_can_be_had():
    shelf = Shelf(
        {
            ".agents/skills/pdf/SKILL.md": skill(body="# PDF"),
            ".agents/skills/pdf/docs/forms.md": b"Forms.",
            ".agents/skills/pdf/logo.png": b"\x89PNG",
            ".agents/skills/pdfs/other.md": b"Not its own.",
        }
    )
    loaded = shelf.loaded("pdf")
    assert loaded.startswith("# PDF")
    assert loaded.endswith("- docs/forms.md\n- logo.png")
    assert ".agents/skills/pdf;" in loaded
    assert shelf.loaded("pdf", "docs/forms.md") == "Forms."
    with pytest.raises(Flawed, match=r"logo\.png of the skill `pdf`: it is not UTF-8"):
        shelf.loaded("pdf", "logo.png")
    with pytest.raises(Flawed, match=r"no file `\.\./x`; it has: docs/forms\.md, logo\.png"):
        shelf.loaded("pdf", "../x")
    with pytest.raises(Flawed, match="no skill `word`; there are: pdf"):
        shelf.loaded("word")


def test_the_seven_packs_are_skills_like_any_other():
    assert {pack.name for pack in packs()} == {
        "api", "database", "frontend", "python", "security", "testing", "typescript",
    }  # fmt: skip
    assert all(400 < len(pack.body) < 4000 for pack in packs())
    assert [pack.name for pack in packs() if not pack.markers] == ["security"]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([], set()),
        (["pyproject.toml"], {"python"}),
        (["app.py", "tests/"], {"python", "testing"}),
        (["package.json", "vite.config.ts"], {"typescript", "frontend"}),
        (["openapi.yaml", "db/"], {"api", "database"}),
        (["go.mod", "main.go"], set()),
        (["node_modules/react/index.html", ".hidden/x.py"], set()),
        (["below/app.py"], set()),
    ],
)
def test_a_pack_is_offered_where_its_markers_are(tmp_path, paths, found):
    for path in paths:
        target = tmp_path / path
        (target if path.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            target.touch()
    assert {pack.name for pack in fitting(packs(), names_in(str(tmp_path)))} == {*found, "security"}


def test_links_that_go_round_and_folders_that_are_gone_are_no_matter(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path)
    assert names_in(str(tmp_path)) == {"loop"}
    assert names_in(str(tmp_path / "gone")) == set()
