"""Nothing starts that is not, to the last byte, what was accepted."""

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from pegboard.supply.check import Admission
from pegboard.supply.failure import TreeRefused


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def plugin_folder(root: Path) -> Path:
    return root / "words_plugin"


def test_what_was_accepted_may_start(shelved) -> None:
    assert shelved.reason() == ""


def test_no_file_can_be_changed_by_a_byte(shelved) -> None:
    files = [path for path in sorted(shelved.root.rglob("*")) if path.is_file()]
    assert len(files) > 200
    supply, found = shelved.supply, shelved.found
    for path in files:
        if size := path.stat().st_size:
            flip(path, size // 2)
            admission = supply.check(found)
            assert admission.reason is not None, path
            if path.name != ".listing":
                flip(path, size // 2)
            else:
                flip(path, size // 2)
                assert "list" in admission.why
        else:
            path.write_bytes(b"\n")
            assert supply.check(found).reason is not None, path
            path.write_bytes(b"")
    assert supply.check(found).reason is None


def test_no_file_can_be_missing_or_shorter(shelved) -> None:
    supply, found = shelved.supply, shelved.found
    for path in (plugin_folder(shelved.root) / "words.py", shelved.root / ".listing"):
        data = path.read_bytes()
        path.write_bytes(data[:-1])
        assert supply.check(found).reason is not None
        path.unlink()
        assert supply.check(found).reason is not None
        path.write_bytes(data)
    assert supply.check(found).reason is None


def extra(name: str) -> Callable[[Path], object]:
    def add(root: Path) -> None:
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n")

    return add


def add_link(root: Path) -> None:
    (root / "more").symlink_to("/etc")


def replace_by_link(root: Path) -> None:
    path = plugin_folder(root) / "words.py"
    path.rename(root.parent / "words.py")
    path.symlink_to(root.parent / "words.py")


def replace_folder_by_link(root: Path) -> None:
    plugin_folder(root).rename(root.parent / "elsewhere")
    plugin_folder(root).symlink_to(root.parent / "elsewhere")


def link_hard(root: Path) -> None:
    os.link(plugin_folder(root) / "words.py", root.parent / "handle.py")


def add_pipe(root: Path) -> None:
    os.mkfifo(root / "pipe")


def set_user_id(root: Path) -> None:
    (plugin_folder(root) / "words.py").chmod(0o4755)


def make_executable(root: Path) -> None:
    (plugin_folder(root) / "words.py").chmod(0o755)


def name_of_bytes(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe.py")).write_text("")


TAMPERINGS: dict[str, Callable[[Path], object]] = {
    "an extra module": extra("more.py"),
    "an extra file in the package": extra("words_plugin/data.txt"),
    "an extra folder": lambda root: (root / "empty").mkdir(),
    "a package before a module": extra("words_plugin/words/__init__.py"),
    "a .pth": extra("more.pth"),
    "a .pth in capitals": extra("more.PTH"),
    "sitecustomize": extra("sitecustomize.py"),
    "sitecustomize as a package": extra("sitecustomize/__init__.py"),
    "usercustomize": extra("usercustomize.py"),
    "an egg-link": extra("more.egg-link"),
    "bytecode beside a source": extra("words_plugin/words.pyc"),
    "bytecode without a source": extra("words_plugin/__pycache__/more.cpython-311.pyc"),
    "bytecode of another Python": extra("words_plugin/__pycache__/words.cpython-399.pyc"),
    "optimized bytecode": extra("words_plugin/__pycache__/words.cpython-311.opt-1.pyc"),
    "something else among bytecode": extra("words_plugin/__pycache__/words.py"),
    "another case of a module": extra("words_plugin/WORDS.py"),
    "another composition of a name": lambda root: [
        extra(unicodedata.normalize(f, "é.py"))(root) for f in ("NFC", "NFD")
    ],
    "a link": add_link,
    "a link for a file": replace_by_link,
    "a link for a folder": replace_folder_by_link,
    "a second name": link_hard,
    "a pipe": add_pipe,
    "a file that runs as another user": set_user_id,
    "a file that may be run": make_executable,
    "a name that is not UTF-8": name_of_bytes,
    "a name that moves the cursor": extra("a\x1b[2Jb.py"),
    "a name that turns around": extra("a\u202eyp.b"),
    "a name that ends in a dot": extra("words_plugin/words."),
    "a device of another system": extra("aux.py"),
}


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_nothing_can_be_added_or_exchanged(shelved, tamper: Callable[[Path], object]) -> None:
    supply, found = shelved.supply, shelved.found
    tamper(shelved.root)
    seen: list[Admission] = []
    admission = supply.check(found)
    assert admission.reason is not None
    assert all(mark.isprintable() for mark in admission.why)
    supply._record = seen.append
    with pytest.raises(TreeRefused, match="does not start"):
        supply.require(found)
    assert seen == [admission]


@pytest.mark.parametrize("kind", ["file", "link", "gone"])
def test_the_tree_itself_cannot_be_exchanged(shelved, kind: str) -> None:
    supply, found, root = shelved.supply, shelved.found, shelved.root
    root.rename(root.with_name("moved"))
    if kind == "file":
        root.write_text("")
    elif kind == "link":
        root.symlink_to(root.with_name("moved"))
    assert supply.check(found).reason is not None


def test_the_words_say_what_changed(shelved) -> None:
    extra("words_plugin/more.py")(shelved.root)
    flip(plugin_folder(shelved.root) / "words.py", 3)
    with pytest.raises(TreeRefused, match=r"changed: words_plugin/words\.py; added: words_plugin/more\.py"):
        shelved.supply.require(shelved.found)


def test_a_changed_manifest_is_refused_even_before_it_is_read_again(shelved) -> None:
    supply, found = shelved.supply, shelved.found
    manifest = plugin_folder(shelved.root) / "pegboard.toml"
    manifest.write_text(manifest.read_text().replace("Says", "Does"))
    assert "changed since it was read" in supply.check(found).why
    assert "was changed after it was installed" in supply.check(shelved.found).why
    record = next(shelved.root.glob("words_plugin-*")) / "RECORD"
    record.write_text("words_plugin/pegboard.toml,,\n")
    assert "manifest is not the one" in supply.check(shelved.found).why
