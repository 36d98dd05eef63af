"""Trees are made the same each time, appear whole or not at all, and go when nothing names them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from wheel_press import plugin_files, plugin_wheel, press

from pegboard.supply.failure import TreeRefused, WheelRefused
from pegboard.supply.keeping import keep
from pegboard.supply.store import WHEELS, Store, discard
from pegboard.supply.wheel import Wheel, read_wheel


def wheels(folder: Path, *plugins: str) -> list[Wheel]:
    return [read_wheel(plugin_wheel(folder, plugin)) for plugin in plugins]


def entries(store: Store) -> list[str]:
    return sorted(os.listdir(store.folder))


def test_the_same_wheels_make_the_same_tree_wherever_they_are(tmp_path: Path) -> None:
    made = {keep(Store(tmp_path / name / "store"), wheels(tmp_path, "words", "other")) for name in ("a", "b/c")}
    assert len(made) == 1
    (tree,) = made
    store = Store(tmp_path / "a" / "store")
    assert store.inspect(tree) == ""
    assert keep(store, wheels(tmp_path, "words", "other")) == tree
    assert entries(store) == sorted([tree, WHEELS])


def test_a_tree_is_read_only_and_has_bytecode_that_no_change_of_times_outdates(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    root = store.path(keep(store, wheels(tmp_path, "words")))
    modes = {path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")]}
    assert modes == {0o555, 0o444}
    (bytecode,) = root.glob("words_plugin/__pycache__/words.*.pyc")
    assert bytecode.read_bytes()[4:8] == (1).to_bytes(4, "little"), "by hash, and unchecked"


def test_a_source_that_does_not_compile_is_laid_down_all_the_same(tmp_path: Path) -> None:
    files = plugin_files("words") | {
        "words_plugin/template.py": "this is {{ no }} Python\n",
        "words_plugin/not-one.py": "",
    }
    store = Store(tmp_path / "store")
    tree = keep(store, [read_wheel(press(tmp_path, files))])
    assert (store.path(tree) / "words_plugin/template.py").exists()
    assert store.inspect(tree) == ""


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    clash = plugin_files("other") | {"words_plugin/words.py": ""}
    with pytest.raises(WheelRefused):
        keep(store, [*wheels(tmp_path, "words"), read_wheel(press(tmp_path, clash))])
    assert entries(store) == []


def test_names_that_clash_between_wheels_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    clash = plugin_files("other") | {"Words_Plugin/x.py": ""}
    with pytest.raises(TreeRefused, match="ignores case"):
        keep(store, [*wheels(tmp_path, "words"), read_wheel(press(tmp_path, clash))])
    assert entries(store) == []


def test_a_damaged_tree_is_not_taken_for_the_one_that_is_installed(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    tree = keep(store, wheels(tmp_path, "words"))
    file = store.path(tree) / "words_plugin/words.py"
    file.chmod(0o644)
    file.write_text("WORD = 'evil'\n")
    file.chmod(0o444)
    assert store.inspect(tree) == "changed: words_plugin/words.py"
    with pytest.raises(TreeRefused, match="not what its name says"):
        keep(store, wheels(tmp_path, "words"))


def test_sweeping_keeps_what_is_named_and_what_is_being_made(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    kept, gone = keep(store, wheels(tmp_path, "words")), keep(store, wheels(tmp_path, "other"))
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as other:
        ours, theirs = (store.folder / f".part-{pid}-x" for pid in (os.getpid(), other.pid))
        for part in (ours, theirs):
            (part / "deep").mkdir(parents=True)
            (part / "deep").chmod(0o555)
        store.sweep(frozenset({kept}), frozenset({wheels(tmp_path, "words")[0].sha256}))
        assert entries(store) == sorted([kept, WHEELS, ours.name, theirs.name])
        other.kill()
    assert store.sweep(frozenset(), frozenset()) != []
    assert entries(store) == sorted([WHEELS, ours.name])
    assert gone not in entries(store)
    discard(ours)
    assert os.listdir(store.folder / WHEELS) == []


def test_discarding_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    for name in ("tree", "link", "missing"):
        discard(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["kept"]
    assert (tmp_path / "kept" / "file").exists()
