"""Installing, updating, removing and bundling plugins, as a person or a script does it."""

import json
import os
import re
import shutil
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn
from typist import Typist
from wheel_press import plugin_files, plugin_wheel, press

HELLO = '{"name": "you"}'


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return plugin_wheel(tmp_path / "wheels", "words")


def install(home: Any, *specs: object) -> None:
    done = home.peg("plugin", "install", "--offline", "--accept", *map(str, specs))
    assert done.returncode == 0, done.stderr


def lock(home: Any) -> dict[str, Any]:
    return json.loads((home.config / "plugins.lock").read_text())


def tree(home: Any) -> Path:
    (root,) = (path for path in (home.folder / "data" / "store").iterdir() if path.name != "wheels")
    return root


def say(home: Any) -> tuple[int, str]:
    done = home.peg("tool", "call", "words_say", HELLO)
    return done.returncode, done.stdout.strip() or done.stderr.strip()


def writable(root: Path) -> None:
    for folder, _, names in os.walk(root):
        for name in ("", *names):
            path = Path(folder, name)
            path.chmod(path.stat().st_mode | 0o200)


def test_an_installed_plugin_is_shown_accepted_and_used(home: Any, wheel: Path) -> None:
    refused = home.peg("plugin", "install", "--offline", str(wheel))
    assert refused.returncode == 3
    assert re.search(r"tree [0-9a-f]{64}", refused.stdout)
    assert re.search(r"words_plugin-1\.0-py3-none-any\.whl sha256:[0-9a-f]{64}", refused.stdout)
    assert "asks for no rights of its own" in refused.stdout
    assert "tells the model:\n    Say something to somebody." in refused.stdout
    assert "--accept" in refused.stderr
    assert not (home.config / "plugins.lock").exists()
    assert list((home.folder / "data" / "store").glob("[0-9a-f]*")) == [], "nothing of it stays"

    install(home, wheel)
    assert re.search(r"^words +1\.0 +Says things", home.peg("plugin", "list").stdout, re.MULTILINE)
    assert say(home) == (0, "Hello you")
    verified = home.peg("plugin", "verify")
    assert verified.returncode == 0
    assert re.search(r"^words +ok$", verified.stdout, re.MULTILINE)
    assert re.search(r"^files +not locked$", verified.stdout, re.MULTILINE)
    assert all(not path.stat().st_mode & 0o222 for path in tree(home).rglob("*"))
    assert {"pegboard-sdk", "msgspec", "pluggy", "words-plugin"} <= set(lock(home)["plugins"]["words"]["wheels"])


def test_an_update_waits_in_quarantine_and_the_old_version_is_used_meanwhile(home: Any, wheel: Path) -> None:
    install(home, wheel)
    more = '[capabilities]\nnet = ["*"]\n'
    newer = plugin_wheel(wheel.parent / "new", "words", "1.1", word="Bye", text="Say\\u001b[2J bye.", more=more)
    done = home.peg("plugin", "update", "--offline", str(newer))
    assert done.returncode == 3
    for line in (
        "version 1.0 becomes 1.1",
        "asks for net: *",
        "tool words_say says something else",
        "Say\\u001b[2J bye.",
    ):
        assert line in done.stdout
    assert say(home) == (0, "Hello you")
    assert "an update waits" in home.peg("plugin", "verify").stderr
    shutil.rmtree(newer.parent)
    assert "asks for net: *" in home.peg("plugin", "update", "words").stdout
    assert home.peg("plugin", "update", "--accept", "words").returncode == 0
    assert say(home) == (0, "Bye you")
    assert tree(home).is_dir(), "the old tree is gone"
    assert "quarantine" not in lock(home)


def test_removing_takes_it_away_whole(home: Any, wheel: Path) -> None:
    install(home, wheel)
    assert home.peg("plugin", "remove", "words").returncode == 0
    assert home.peg("plugin", "show", "words").returncode == 1
    assert list((home.folder / "data" / "store").rglob("*.py")) == []
    assert home.peg("plugin", "remove", "words").returncode == 1


def test_a_bundle_installs_elsewhere_without_an_index(home: Any, wheel: Path, tmp_path: Path) -> None:
    install(home, wheel, plugin_wheel(tmp_path / "wheels", "other", word="Ciao"))
    bundle = tmp_path / "three.zip"
    assert home.peg("plugin", "bundle", "words", "other", "-o", str(bundle)).returncode == 0
    again = tmp_path / "again.zip"
    home.peg("plugin", "bundle", "other", "words", "-o", str(again))
    assert bundle.read_bytes() == again.read_bytes(), "the same pins make the same file"
    here = lock(home)["plugins"]["words"]
    for kind in ("config", "data"):
        home.env[f"PEGBOARD_{kind.upper()}_DIR"] = str(tmp_path / f"elsewhere-{kind}")
    home.env |= {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PATH": "/nowhere"}
    home.config = tmp_path / "elsewhere-config"
    assert home.peg("plugin", "install", str(bundle)).returncode == 3, "a bundle grants nothing"
    assert home.peg("plugin", "install", "--accept", str(bundle)).returncode == 0
    assert say(home) == (0, "Hello you")
    assert lock(home)["plugins"]["words"]["trees"] == here["trees"], "the same bytes make the same tree"


def _changed(bundle: Path, target: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, data if info.filename == name else old.read(info))
        if name not in old.namelist():
            new.writestr(name, data)
    return target


def test_a_bundle_that_is_not_what_it_lists_is_refused(home: Any, wheel: Path, tmp_path: Path) -> None:
    install(home, wheel)
    bundle = tmp_path / "b.zip"
    home.peg("plugin", "bundle", "words", "-o", str(bundle))
    other = plugin_wheel(tmp_path / "evil", "words", word="Evil").read_bytes()
    for name, data in ((wheel.name, other), ("more.whl", b""), ("../x.whl", b""), ("bundle.json", b"{}")):
        bad = _changed(bundle, tmp_path / "bad.zip", name, data)
        done = home.peg("plugin", "install", "--accept", str(bad))
        assert (done.returncode, "bundle" in done.stderr, "Traceback" in done.stderr) == (1, True, False), name


TAMPERINGS = {
    "a byte of source": lambda root: (root / "words_plugin/words.py").write_text('"""Words."""\n\nWORD = "Hullo"\n'),
    "a byte of bytecode": lambda root: _flip(next(root.glob("words_plugin/__pycache__/words.*.pyc"))),
    "a byte of machine code": lambda root: _flip(next(root.glob("msgspec/*.so"))),
    "a byte of a schema": lambda root: _insert_space(root / "words_plugin/schemas/words_say.json"),
    "an extra file": lambda root: (root / "more.py").write_text(""),
    "a .pth": lambda root: (root / "more.pth").write_text("import os\n"),
    "bytecode": lambda root: (root / "words_plugin/more.pyc").write_bytes(b""),
    "a link": lambda root: (root / "more").symlink_to("/etc"),
    "another case": lambda root: (root / "words_plugin/WORDS.py").write_text(""),
}


def _insert_space(path: Path) -> None:
    path.write_text(path.read_text() + " ")


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_tampered_plugin_starts_in_no_call(home: Any, wheel: Path, tamper: Any) -> None:
    install(home, wheel)
    writable(tree(home))
    tamper(tree(home))
    status, said = say(home)
    assert status == 7, said
    assert "`words` does not start" in said
    assert home.peg("plugin", "verify", "words").returncode == 7


def test_a_refused_start_is_in_the_journal(home: Any, wheel: Path) -> None:
    install(home, wheel)
    writable(tree(home))
    (tree(home) / "more.py").write_text("")
    turns = [Turn(calls=[Call("words_say", {"name": "you"})]), Turn(text="It did not work.")]
    with ScriptedServer(turns) as server:
        home.model(server.url)
        home.peg("-p", "say hello", "--allow", "words_say")
    (journal,) = (home.state / "sessions").glob("*/journal.jsonl")
    records = [json.loads(line) for line in journal.read_text().splitlines()]
    (result,) = [record for record in records if "tool_result" in json.dumps(record)]
    assert "`words` does not start" in json.dumps(result)
    assert "added: more.py" in json.dumps(result)


def test_an_untrusted_lock_stops_what_would_start_plugins(home: Any, wheel: Path) -> None:
    install(home, wheel)
    file = home.config / "plugins.lock"
    file.chmod(0o666)
    assert say(home)[0] == 3
    file.chmod(0o600)
    file.write_text("{")
    status, said = say(home)
    assert status == 3
    assert "plugins.lock" in said


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("pegboard-sdk", "a stranger"),
        ("Pegboard.Files", "a stranger"),
        ("-e .", "is no wheel, folder or name"),
        ("--index-url=http://evil", ""),
        ("words @ https://example.org/words-1-py3-none-any.whl", "fetch the file yourself"),
    ],
)
def test_what_is_typed_is_no_option_and_no_address(home: Any, spec: str, why: str) -> None:
    done = home.peg("plugin", "install", "--accept", "--", spec)
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_name_comes_from_the_index_and_our_names_never_do(home: Any, tmp_path: Path) -> None:
    index = tmp_path / "index"
    plugin_wheel(index, "words", "2.0")
    stranger = plugin_files("words", "99.0", requires=())
    stranger = {key.replace("words_plugin", "pegboard_sdk"): text for key, text in stranger.items()}
    stranger = {key: str(text).replace("words-plugin", "pegboard-sdk") for key, text in stranger.items()}
    press(index, stranger)
    home.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    done = home.peg("plugin", "install", "--accept", "words-plugin", timeout=180)
    assert done.returncode == 0, done.stderr
    pin = lock(home)["plugins"]["words"]
    assert (pin["version"], pin["source"]) == ("2.0", "words-plugin")
    assert pin["wheels"]["pegboard-sdk"]["version"] != "99.0"
    assert say(home) == (0, "Hello you")
    plugin_wheel(index, "words", "2.0", word="Evil")
    done = home.peg("plugin", "install", "--accept", "words-plugin", timeout=180)
    assert done.returncode == 1, "the locked version has to have the locked hash"
    assert "hash" in done.stderr.lower()
    assert say(home) == (0, "Hello you")
    plugin_wheel(index, "words", "2.1", word="Bye")
    assert home.peg("plugin", "update", "--accept", timeout=180).returncode == 0
    assert say(home) == (0, "Bye you")


def test_the_wheels_of_another_platform_are_recorded(home: Any, tmp_path: Path) -> None:
    index = tmp_path / "index"
    here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    plugin_wheel(index, "words", requires=("pegboard-sdk", "native-plugin"))
    for number, tag in enumerate((here, "macosx_11_0_arm64")):
        files = plugin_files("native", requires=()) | {"native_plugin/number.py": f"NUMBER = {number}\n"}
        files.pop("native_plugin-1.0.dist-info/entry_points.txt")
        press(index, files, name=f"native_plugin-1.0-py3-none-{tag}.whl")
    install(home, index)
    home.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    before = lock(home)["plugins"]["words"]
    done = home.peg("plugin", "lock", "--platform", "macosx_11_0_arm64", "words", timeout=180)
    # What the SDK needs on that platform is on no index here, so the whole is refused, and nothing half is written.
    assert done.returncode == 1
    assert lock(home)["plugins"]["words"] == before
    msgspec = plugin_files("msgspec", before["wheels"]["msgspec"]["version"], requires=())
    renamed = {
        k.replace("msgspec_plugin", "msgspec"): str(v).replace("msgspec-plugin", "msgspec") for k, v in msgspec.items()
    }
    press(index, renamed, name=f"msgspec-{before['wheels']['msgspec']['version']}-py3-none-macosx_11_0_arm64.whl")
    done = home.peg("plugin", "lock", "--platform", "macosx_11_0_arm64", "words", timeout=180)
    assert done.returncode == 0, done.stderr
    after = lock(home)["plugins"]["words"]
    assert sorted(after["wheels"]["native-plugin"]["files"]) == sorted(
        [f"native_plugin-1.0-py3-none-{here}.whl", "native_plugin-1.0-py3-none-macosx_11_0_arm64.whl"]
    )
    assert after["trees"] == before["trees"]
    assert say(home) == (0, "Hello you")


def test_a_person_at_a_terminal_is_asked(home: Any, wheel: Path) -> None:
    argv = ["plugin", "install", "--offline", str(wheel)]
    for answer, status in (("\r", 3), ("y\r", 0)):
        with Typist(argv, cwd=home.workspace, env=home.env, columns=200) as typist:
            typist.see("Install words 1.0?")
            typist.type(answer)
            assert typist.process.wait(60) == status
        assert (home.config / "plugins.lock").exists() is (status == 0)


def test_a_project_is_only_built_when_that_was_asked_for(home: Any, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'evil'\nbackend-path = ['.']\n"
    )
    (project / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    done = home.peg("plugin", "install", "--offline", "--accept", str(project))
    assert done.returncode == 1
    assert "--build" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_top_says_that_nothing_runs(home: Any) -> None:
    done = home.peg("plugin", "top")
    assert done.returncode == 0
