"""What is a skill, and what a file that is none says about itself."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import pegboard_skills
from pegboard_skills.front import MAX_BYTES, Flawed, clear_text, plain_fields, skill_from


def skill(data, folder="lint"):
    return skill_from(data if isinstance(data, bytes) else data.encode(), folder=folder, owner="you", place="p")


def fronted(front, body="Do it."):
    return f"---\n{front}\n---\n{body}"


def test_a_skill_has_a_name_a_description_and_a_body():
    found = skill(fronted("name: tidy\ndescription: >\n  Tidies\n  up.\nlicense: MIT", "# Tidy\n\nDo it.\n"))
    assert (found.name, found.description, found.body) == ("tidy", "Tidies up.", "# Tidy\n\nDo it.")


def test_without_a_name_the_folder_is_the_name():
    assert skill(fronted("description: Lints.")).name == "lint"


def test_line_ends_and_marks_of_other_platforms_are_taken():
    data = b"\xef\xbb\xbf" + fronted("description: Lints.").replace("\n", "\r\n").encode()
    assert skill(data).body == "Do it."


BOMB = "a: &a [x, x]\n" + "\n".join(
    f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"Do it.", "no front matter"),
        (b"---\ndescription: x\n", "no front matter"),
        (b"---\ndescription: \xff\n---\nDo it.", "not UTF-8 at byte 17"),
        (fronted("description: x").encode("utf-16"), "not UTF-8"),
        (b"x" * (MAX_BYTES + 1), "larger than 64 KiB"),
        (fronted("description: " + "x" * 17_000), "front matter is larger"),
        (fronted("name: tidy"), "no `description`"),
        (fronted("description: ''"), "no `description`"),
        (fronted("description: [a]"), "no `description`"),
        (fronted("description: &a [*a]"), "no `description`"),
        (fronted(BOMB + "\ndescription: *l"), "no `description`"),
        (fronted("description: x\nname: ../../etc"), "small letters"),
        (fronted("description: x\nname: 7"), "small letters"),
        (fronted("description: " + "x " * 600), "characters; at most"),
        (fronted("description: x: y: z"), "no YAML in line 2"),
        (fronted("[" * 5000), "no YAML"),
        (fronted("- a\n- b"), "`key: value`"),
        (fronted("!!python/object/apply:os.system ['id']"), "no YAML"),
        (fronted("description: x", "  \n"), "nothing behind"),
        (fronted("description: x", "\x1b[2Jgone"), r"control character \(U\+001B\) in line 4"),
        (fronted("description: x", "a\x00b"), "U[+]0000"),
        (fronted("description: x", "a\u202eb"), "invisible character"),
        (fronted("description: x", "a\U000e0041b"), "invisible character"),
    ],
)
def test_a_file_that_is_no_skill_says_why(data, said):
    with pytest.raises(Flawed, match=said):
        skill(data)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: fronted(text).encode()))
def test_no_bytes_make_anything_but_a_skill_or_a_reason(data):
    try:
        found = skill(data)
    except Flawed as flaw:
        said = str(flaw)
    else:
        said = found.name and found.description and found.body
    assert said


def test_scripts_that_need_joiners_are_text():
    assert clear_text("می‌خواهم 👩‍💻".encode()) == "می‌خواهم 👩‍💻"


def test_the_example_of_the_readme_is_a_skill():
    text = (Path(__file__).parents[3] / "plugins" / "skills" / "README.md").read_text()
    example = text.partition("```markdown\n")[2].partition("```")[0]
    assert skill(example).name == "release"


WORDS = ("a", "name", "on", "no", "null", "true", "e1", "x-y", "7", "~", "é", "name: word\n", "a: []\n")
SIGNS = (":", ": ", "'", '"', "[", "]", ", ", " ", "\n", "\t", "#", " #", "-", "\\", "{", "&a", "*a", "!", "=", "<<")
QUOTED = ('"q"', '["a", "b"]', 'name: "a: b # c"\n')
PIECES = (*WORDS, *SIGNS, *QUOTED)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_is_read_without_yaml_is_what_yaml_reads(text):
    fields = plain_fields(text)
    assert fields == {} or fields == yaml.safe_load(text)


def test_the_packs_need_no_yaml():
    packs = list((Path(pegboard_skills.__file__).parent / "packs").glob("*.md"))
    assert len(packs) == 7
    for pack in packs:
        front = pack.read_text().split("---\n")[1].rstrip("\n")
        assert plain_fields(front) == yaml.safe_load(front)
