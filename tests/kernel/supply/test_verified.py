"""The first program of a stored plugin imports what was accepted, and ends on anything else."""

import subprocess
import sys
from pathlib import Path

import pytest
from swapping import FILES, shelve

from pegboard.found import Found
from pegboard.supply.starting import verified_argv

HOST = """
import importlib, os
def serve(entry, *, package_dir, **_):
    plugin = importlib.import_module("words_plugin")
    print(plugin.WORD, package_dir == os.path.dirname(plugin.__file__))
    return 5
"""


def run(found: Found) -> subprocess.CompletedProcess[str]:
    return subprocess.run(verified_argv(found), capture_output=True, text=True, check=False, env={}, timeout=60)


def start(places, code: str, **more: str) -> subprocess.CompletedProcess[str]:
    files = {**FILES, "pegboard_sdk/host.py": HOST, "words_plugin/__init__.py": code, **more}
    return run(shelve(places, files)[0])


def test_it_serves_the_plugin_with_what_lies_in_the_tree(places) -> None:
    done = start(places, "WORD = 'good'\n")
    assert (done.returncode, done.stdout) == (5, "good True\n"), done.stderr


def test_nothing_but_library_and_tree_is_on_the_path(places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("")
    code = "import sys\nWORD = [p for p in sys.path if 'site-packages' in p or not p.startswith('/')]\n"
    done = start(places, code)
    assert done.stdout.startswith("[] "), done.stderr
    assert "No module named 'mine'" in start(places, "import mine\n").stderr


def test_data_comes_through_the_loader_and_is_hashed(places) -> None:
    found, _ = shelve(
        places,
        {
            **FILES,
            "pegboard_sdk/host.py": HOST,
            "words_plugin/data.txt": "good",
            "words_plugin/__init__.py": "import pkgutil\nWORD = pkgutil.get_data(__name__, 'data.txt')\n",
        },
    )
    assert "b'good'" in run(found).stdout
    (Path(found.path[0]) / "words_plugin/data.txt").write_text("evil")
    done = run(found)
    assert "is not the file that was accepted" in done.stderr
    assert "evil" not in done.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words_plugin/__init__.py", "print('evil')\n"),
        ("words_plugin/inner.py", "print('evil')\n"),
        ("words_plugin/inner/__init__.py", "print('evil')\n"),
        ("words_plugin/inner.abi3.so", "\x7fELF evil"),
        ("pegboard_sdk/host.py", "print('evil')\n"),
        ("pegboard_sdk/__init__.py", "print('evil')\n"),
        (f"words_plugin/__pycache__/inner.{sys.implementation.cache_tag}.pyc", "evil"),
        (".listing", "x"),
    ],
)
def test_what_was_exchanged_after_the_check_does_not_run(places, name: str, text: str) -> None:
    found, _ = shelve(places)
    assert run(found).stdout == "good\n"
    target = Path(found.path[0]) / name
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    done = run(found)
    assert done.returncode != 0
    assert "accepted" in done.stderr
    assert done.stdout == ""


def test_bytecode_alone_is_no_module(places) -> None:
    found, _ = shelve(places)
    (Path(found.path[0]) / "words_plugin/inner.py").rename(Path(found.path[0]) / "words_plugin/inner.pyc")
    assert "No module named 'words_plugin.inner'" in run(found).stderr


def test_machine_code_is_loaded_from_sealed_memory(shelved) -> None:
    program = verified_argv(shelved.found)
    at = program.index("-c") + 1
    text = program[at].replace("sys.exit(main(sys.argv[1:]))", "")
    look = (
        "tree = Tree(sys.argv[5], sys.argv[1]); sys.path_hooks.insert(0, tree.hook); sys.path.append(sys.argv[5])\n"
        "import msgspec, msgspec._core\n"
        "print(msgspec.json.decode(b'[1]'), open('/proc/self/maps').read().count('memfd:'))\n"
        "assert msgspec._core.__file__.startswith(sys.argv[5])\n"
        "assert '/msgspec/_core' not in open('/proc/self/maps').read()\n"
    )
    argv = [*program[:at], text + look, *program[at + 1 :]]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[1] ")
    assert not done.stdout.endswith(" 0\n")
