"""Which file speaks for a folder, and what a text imports: pure, for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.obeyed import INSTRUCTIONS, imports_in, resolved, speaking


@pytest.mark.parametrize(
    ("names", "heard"),
    [
        (["CLAUDE.md", "AGENTS.md", "GEMINI.md"], ["AGENTS.md"]),
        (["AGENTS.md", "AGENTS.override.md"], ["AGENTS.override.md"]),
        (["GEMINI.md", "CLAUDE.md"], ["CLAUDE.md"]),
        (["AGENTS.md", "CLAUDE.local.md"], ["AGENTS.md", "CLAUDE.local.md"]),
        (["README.md"], []),
    ],
)
def test_the_first_speaks_and_what_is_for_this_person_beside_it(names: list[str], heard: list[str]) -> None:
    assert speaking(names) == heard


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See @docs/style.md.", ["docs/style.md"]),
        ("- @./a.md, (@b.md) [@c.md]", ["./a.md", "b.md", "c.md"]),
        ("mail me@here.org or `@docs/x.md`", []),
        ("```\n@in/code.md\n```\n@after.md", ["after.md"]),
        ("~~~md\n@no.md\n```\n@no.md\n~~~\n@yes.md", ["yes.md"]),
        ("`unclosed @no.md", []),
    ],
)
def test_imports_are_words_outside_of_code(text: str, found: list[str]) -> None:
    assert list(imports_in(text)) == found


@pytest.mark.parametrize(
    ("path", "name", "found"),
    [
        ("AGENTS.md", "docs/a.md", "docs/a.md"),
        ("src/api/AGENTS.md", "../b.md", "src/b.md"),
        ("src/AGENTS.md", "../../b.md", ""),
        ("AGENTS.md", "../b.md", ""),
        ("AGENTS.md", "/etc/passwd", ""),
        ("AGENTS.md", "~/b.md", ""),
        ("AGENTS.md", ".", ""),
    ],
)
def test_an_import_is_meant_from_its_file_and_leads_nowhere_else(path: str, name: str, found: str) -> None:
    assert resolved(path, name) == found


@given(st.text(), st.sampled_from(INSTRUCTIONS), st.text(alphabet="./~a", max_size=30))
def test_whatever_is_written_nothing_leads_out(text: str, file: str, name: str) -> None:
    for wanted in (*imports_in(text), *imports_in(f"@{text}"), name):
        path = resolved(f"a/{file}", wanted)
        assert not path.startswith(("/", "../"))
        assert path != ".."
