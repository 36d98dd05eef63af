"""Which files complete a mention, in which order, and which never do."""

from pathlib import Path

import pytest
from agent_desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.mentions import listing
from pegboard.cli.mentions.completing import Files
from pegboard.cli.mentions.ignored import ignored_in, is_ignored
from pegboard.cli.mentions.listing import paths_below
from pegboard.cli.mentions.matching import matching
from pegboard.cli.mentions.words import Unfinished, unfinished


def planted(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")


def test_what_nobody_looks_for_is_not_listed(tmp_path: Path):
    planted(
        tmp_path, "src/a.py", "src/gen/b.py", ".git/HEAD", ".hidden/x", "node_modules/m/i.js", "build/out.o", "keep.log"
    )
    planted(tmp_path, "deep/build/out.o", "deep/x.log", "new\nline")
    (tmp_path / ".gitignore").write_text("# built\n/build/\n*.log\n!keep.log\n[\n\n")
    (tmp_path / "src" / ".gitignore").write_text("gen/\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = ["deep/", "deep/build/", "deep/build/out.o", "keep.log", "loop", "src/", "src/a.py"]
    assert sorted(paths_below(str(tmp_path))) == found
    assert paths_below(str(tmp_path / "absent")) == []


def test_a_large_folder_is_looked_at_from_its_top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listing, "MOST_ENTRIES", 4)
    planted(tmp_path, "a/b/c/d/e", "top.py", "second.py")
    found = paths_below(str(tmp_path))
    assert len(found) == 4
    assert {"top.py", "second.py", "a/"} <= set(found)


def test_the_best_match_comes_first():
    paths = ["docs/maintaining.md", "src/deep/main.py", "src/main.py", "m/a/i/n.txt", "src/domain.py", "other"]
    assert list(matching(paths, "main")) == [
        "src/main.py", "src/deep/main.py", "docs/maintaining.md", "src/domain.py", "m/a/i/n.txt",
    ]  # fmt: skip
    assert next(matching(paths, "SRC/ma")) == "src/main.py"
    assert list(matching(paths, "sdm")) == ["src/domain.py", "src/deep/main.py"]
    assert next(matching(paths, "")) == "other"


@given(st.text(alphabet="ab/*!#[]\\\n .", max_size=40), st.text(alphabet="ab/.", min_size=1, max_size=12))
def test_any_gitignore_is_read(text: str, path: str):
    assert is_ignored([ignored_in("", text)], path) in {True, False}


async def test_a_mention_completes_to_what_may_be_read(desk: Desk):
    planted(desk.workspace, "src/main.py", "src/secret_main.py", "id_rsa", "my notes/a.md", "main.pem")
    async with desk.agent(deny=("Read(src/secret*)",)) as (agent, _):
        files = Files()

        async def found(text: str) -> list[str]:
            typed = unfinished(text)
            assert typed is not None
            items = await files.complete(agent, typed)
            assert all(item.replaces == typed.length for item in items)
            return [item.insert for item in items]

        assert await found("see @main") == ["@src/main.py"]
        assert await found("@./main") == ["@src/main.py"]
        assert set(await found("@")) == {"@src/", "@src/main.py", '@"my notes/', '@"my notes/a.md"'}
        assert await found("@id_") == []
        assert await found("@../") == []
        planted(desk.workspace, "maine.txt")
        assert await found("@maine") == [], "looked at again only after a moment"
        assert await Files().complete(agent, Unfinished("maine", 6)) != ()
    async with desk.agent(tools=("glob",)) as (agent, _):
        assert await Files().complete(agent, Unfinished("maine", 6)) == ()
