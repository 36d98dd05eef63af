"""The tables of names and the disguises that forgiving systems undo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.gate.names import CREDENTIALS, PROTECTED, Table, odd, own, text_trouble
from pegboard.gate.path import Sensitivity
from pegboard_sdk.wire.manifest import Access

TABLE = Table()


def grade(path: str, access: Access = Access.WRITE, *, exists: bool = True) -> Sensitivity:
    return TABLE.sensitivity(path, access, exists=exists)


def example(pattern: str) -> str:
    """A name that the row of the table means."""
    return pattern.removeprefix("**/").replace("**", "lib").replace("*", "x")


@pytest.mark.parametrize("pattern", PROTECTED)
def test_every_protected_row_asks_wherever_it_stands(pattern: str) -> None:
    assert grade(example(pattern)) is Sensitivity.PROTECTED
    assert grade(f"deep/er/{example(pattern)}") is Sensitivity.PROTECTED


@pytest.mark.parametrize("pattern", CREDENTIALS)
def test_every_credential_row_asks_to_be_read(pattern: str) -> None:
    assert grade(example(pattern), Access.READ) is Sensitivity.CREDENTIAL
    assert grade(f"deep/er/{example(pattern)}", Access.READ) is Sensitivity.CREDENTIAL


@pytest.mark.parametrize("pattern", [*PROTECTED, *CREDENTIALS])
def test_every_row_in_another_case_is_a_disguise(pattern: str) -> None:
    name = example(pattern)
    assert grade(name.swapcase(), Access.WRITE) is Sensitivity.DISGUISED


@given(
    st.sampled_from([".git", ".mcp.json", "AGENTS.md", ".env", ".npmrc"]),
    st.sampled_from(["{}.", "{} ", "{}. .", "{}::$DATA", "{}:x", "\u200b{}", "{}\u00ad", "{}\ufeff"]),
    st.booleans(),
)
def test_disguises_compose(name: str, disguise: str, loud: bool) -> None:
    bent = disguise.format(name.upper() if loud else name)
    assert max(grade(bent), text_trouble(bent)) is Sensitivity.DISGUISED


@pytest.mark.parametrize("name", ["docs/agents.md", "Claude.md", "gemini.MD"])
def test_instructions_in_another_case_may_be_read_but_not_written(name: str) -> None:
    assert grade(name, Access.READ) is Sensitivity.ORDINARY
    assert grade(name, Access.WRITE) is Sensitivity.DISGUISED


@pytest.mark.parametrize(
    "name",
    ["src/app.py", "git", "gitignore", ".gitignore", ".github/x.yml", "agents/x.md", "env", "environment", "id.py",
     "id_map.json", "key", "a~1", "x~12", ".venv/lib/a.py", "Makefile", ".editorconfig", "...", "pem/x"],
)  # fmt: skip
def test_ordinary_names_are_ordinary(name: str) -> None:
    assert grade(name, Access.READ) is Sensitivity.ORDINARY
    assert grade(name, Access.WRITE) is Sensitivity.ORDINARY


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("a b", Sensitivity.ORDINARY), ("é名🙂", Sensitivity.ORDINARY), ("❤\ufe0f", Sensitivity.ORDINARY),
        ("a\nb", Sensitivity.UNSHOWABLE), ("a\tb", Sensitivity.UNSHOWABLE), ("p\u0430y", Sensitivity.UNSHOWABLE),
        ("отчёт_report", Sensitivity.ORDINARY), ("a\u202eb", Sensitivity.DISGUISED), ("\x1b", Sensitivity.DISGUISED),
        ("\x00", Sensitivity.DISGUISED), ("\ud800", Sensitivity.DISGUISED), ("\u3164", Sensitivity.DISGUISED),
    ],
)  # fmt: skip
def test_text_that_a_prompt_cannot_show_is_told_apart(text: str, trouble: Sensitivity) -> None:
    assert text_trouble(text) is trouble


@pytest.mark.parametrize("path", ["$HOME/x", "${X}/y", "%X%/y", "~root/x", "C:x", "a\\b", "%2e%2e/x", "file:/x", "aux"])
def test_names_that_mean_something_elsewhere_are_odd(path: str) -> None:
    assert odd(path)


@pytest.mark.parametrize("path", ["a$b", "routes/$id.tsx", "100%", "~x", "ab:c", "aux_in", "x.aux", "../x", "./a"])
def test_names_that_only_look_like_it_are_not(path: str) -> None:
    assert not odd(path)


def test_our_own_places_are_known_in_any_case_and_tokens_apart() -> None:
    folders = ("/h/.config/pegboard",)
    assert own("/h/.config/pegboard/config.toml", folders, "/w") is Sensitivity.OWN
    assert own("/h/.CONFIG/Pegboard", folders, "/w") is Sensitivity.OWN
    assert own("/h/.config/pegboard/remote/a", folders, "/w") is Sensitivity.TOKEN
    assert own("/h/.config/pegboard-x", folders, "/w") is Sensitivity.ORDINARY
    assert own("/etc/pegboard/policy.toml", (), "/w") is Sensitivity.OWN


def test_a_workspace_inside_one_of_our_places_is_not_ours() -> None:
    assert own("/d/work/src/a", ("/d",), "/d/work") is Sensitivity.ORDINARY
    assert own("/d/other", ("/d",), "/d/work") is Sensitivity.OWN
