"""What of a project goes into context is within the number of tokens, in either form, and says what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.codebase.fitting import File, Form, fitted
from pegboard.cli.codebase.outline import MOST_LINES, outline


def tokens_of(text: str) -> int:
    return len(text.encode()) // 4 + 1


FILES = st.lists(
    st.builds(
        File,
        path=st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.(py|md|txt)", fullmatch=True),
        size=st.integers(0, 10**6),
        text=st.sampled_from(["", "x\n" * 40, "def one():\n    pass\n" * 30, "# Title\n"]),
    ),
    unique_by=lambda file: file.path,
    max_size=40,
)


@given(FILES, st.integers(20, 4000), st.sampled_from([None, *Form]))
def test_it_is_within_the_room_whatever_the_project(files, room, form):
    shown = fitted(files, room, form, tokens_of)
    assert tokens_of(shown.text) <= room + 0.1 * room + 20
    assert shown.whole <= len(files)
    if form is not None:
        assert shown.form is form


def test_a_project_that_fits_is_shown_whole_and_else_as_a_map():
    files = [File(path="a.py", size=30, text="def one():\n    pass\n"), File(path="b/c.bin", size=7)]
    whole = fitted(files, 500, None, tokens_of)
    assert whole.form is Form.FILES
    assert whole.text == "=== a.py\ndef one():\n    pass\n\nNot shown:\nb/c.bin (7 bytes)"
    files.append(File(path="big.py", size=9000, text="class Big:\n" + "    x = 1\n" * 800))
    shown = fitted(files, 500, None, tokens_of)
    assert shown.form is Form.MAP
    assert shown.text == "a.py (30 bytes)\n    1: def one()\nb/c.bin (7 bytes)\nbig.py (9000 bytes)\n    1: class Big"


def test_names_that_have_no_room_are_counted():
    files = [File(path=f"folder/file_{n:03}.txt", size=1) for n in range(100)]
    shown = fitted(files, 100, Form.MAP, tokens_of)
    assert shown.text.splitlines()[-1].startswith("… and ")
    assert int(shown.text.split()[-3]) + len(shown.text.splitlines()) - 1 == 100


@pytest.mark.parametrize(
    ("path", "line", "other"),
    [
        ("a.py", "    async def run(self) -> None:", "    defined = 1"),
        ("a.ts", "export class Relay extends Base {", "  const x = 1;"),
        ("a.go", "func (r *Relay) Run() error {", "\tfunction()"),
        ("a.rs", "pub(crate) fn run(x: u8) -> u8 {", "let x = fnord;"),
        ("a.java", "    public static void main(String[] args) {", "    return x;"),
        ("a.c", "static int run(struct relay *r)", "    run(r);"),
        ("a.rb", "  def run", "  run"),
        ("a.php", "    private function run($x)", "    $this->run();"),
        ("a.md", "## Use", "text # no"),
    ],
)
def test_definitions_are_found_by_language(path, line, other):
    assert outline(path, f"{other}\n{line}\n{other}") == (f"2: {line.rstrip().rstrip('{:').rstrip()}",)
    assert outline("a.unknown", line) == ()


def test_an_outline_has_an_end():
    lines = outline("a.py", "def f():\n" * (MOST_LINES + 5))
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "… 5 more"
