"""A wheel is read strictly, and what it could do beyond laying down plain files is refused with one sentence."""

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wheel_press import plugin_files, plugin_wheel, press

from pegboard.supply.failure import WheelRefused
from pegboard.supply.wheel import read_wheel, unpack

INFO = "words_plugin-1.0.dist-info"


def test_a_good_wheel_is_read_and_unpacked_read_only(tmp_path: Path) -> None:
    path = press(tmp_path, plugin_files("words"), modes={"words_plugin/words.py": stat.S_IFREG | 0o755})
    wheel = read_wheel(path)
    assert (wheel.name, wheel.version, wheel.plugins, wheel.requires) == (
        "words-plugin", "1.0", ("words",), ("pegboard-sdk",),
    )  # fmt: skip
    unpack(wheel, tmp_path / "tree")
    assert (tmp_path / "tree/words_plugin/words.py").stat().st_mode & 0o777 == 0o555
    assert (tmp_path / "tree/words_plugin/__init__.py").stat().st_mode & 0o777 == 0o444


BAD_NAMES = {
    "../evil.py": "leads out",
    "/etc/evil.py": "leads out",
    "words_plugin/../../evil.py": "leads out",
    "words_plugin\\..\\evil.py": "another system",
    "C:evil.py": "another system",
    "evil.pth": "at every start",
    "words_plugin/evil.pth": "at every start",
    "evil.PTH": "at every start",
    "sitecustomize.py": "at every start",
    "usercustomize/__init__.py": "at every start",
    "evil.egg-link": "at every start",
    "words_plugin-1.0.data/scripts/peg": "outside the package",
    "words_plugin-1.0.data/purelib/x.py": "outside the package",
    "words_plugin/words.pyc": "bytecode",
    "words_plugin/__pycache__/words.cpython-311.pyc": "bytecode",
    "words_plugin/WORDS.py": "where case is ignored",
    "Words_plugin/x.py": "where case is ignored",
    "words_plugin/a\x07.py": "invisible",
    "words_plugin/a\u202e.py": "invisible",
    "words_plugin/nul.py": "device",
    "words_plugin/x ": "another system",
    "other-1.0.dist-info/METADATA": ".dist-info",
}


@pytest.mark.parametrize(("name", "why"), BAD_NAMES.items(), ids=map(ascii, BAD_NAMES))
def test_no_name_leads_elsewhere_or_runs_unasked(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(WheelRefused, match=why) as refused:
        read_wheel(press(tmp_path, {**plugin_files("words"), name: "x = 1\n"}))
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_no_entry_is_anything_but_a_file(tmp_path: Path, kind: int) -> None:
    path = press(tmp_path, plugin_files("words"), modes={"words_plugin/words.py": kind | 0o777})
    with pytest.raises(WheelRefused, match="link or a device"):
        read_wheel(path)


def test_every_file_is_in_record_and_every_line_a_file(tmp_path: Path) -> None:
    extra = press(tmp_path / "a", plugin_files("words"), unlisted={"words_plugin/more.py": "x = 1\n"})
    with pytest.raises(WheelRefused, match=r"words_plugin/more\.py is not in its RECORD"):
        read_wheel(extra)
    missing = press(tmp_path / "b", plugin_files("words"), record={"x": "words_plugin/gone.py,sha256=abc,1\n"})
    with pytest.raises(WheelRefused, match="which it does not hold"):
        read_wheel(missing)
    for line in (
        "words_plugin/words.py,sha256=abc,1\n",
        "words_plugin/words.py,,\n",
        "words_plugin/words.py,md5=abc,1\n",
    ):
        wrong = press(tmp_path / "c", plugin_files("words"), record={"words_plugin/words.py": line})
        with pytest.raises(WheelRefused, match="not what its RECORD says"):
            read_wheel(wrong)


def test_a_file_that_is_in_it_twice_is_refused(tmp_path: Path) -> None:
    path = plugin_wheel(tmp_path, "words")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("words_plugin/words.py", "WORD = 'other'\n")
    with pytest.raises(WheelRefused, match="twice"):
        read_wheel(path)


@pytest.mark.parametrize("name", ["words_plugin-1.1-py3-none-any.whl", "other-1.0-py3-none-any.whl"])
def test_it_is_what_it_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(WheelRefused, match="not what it is named"):
        read_wheel(press(tmp_path, plugin_files("words"), name=name))


def test_the_metadata_is_of_the_same_distribution(tmp_path: Path) -> None:
    files = plugin_files("words")
    files[f"{INFO}/METADATA"] = "Metadata-Version: 2.1\nName: pegboard-sdk\nVersion: 1.0\n\n"
    with pytest.raises(WheelRefused, match="another distribution"):
        read_wheel(press(tmp_path, files))


@pytest.mark.parametrize("name", ["words.zip.whl", "words_plugin.whl", "words-1.0.tar.gz", "a-b-c-d.whl"])
def test_what_is_no_wheel_by_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(plugin_wheel(tmp_path / "good", "words").read_bytes())
    with pytest.raises(WheelRefused, match="not the name of a wheel"):
        read_wheel(tmp_path / name)


def test_a_wheel_that_was_exchanged_after_it_was_read_is_not_unpacked(tmp_path: Path) -> None:
    wheel = read_wheel(plugin_wheel(tmp_path, "words"))
    plugin_wheel(tmp_path, "words", word="Bye")
    with pytest.raises(WheelRefused, match="was changed while"):
        unpack(wheel, tmp_path / "tree")


def test_two_wheels_do_not_share_a_file(tmp_path: Path) -> None:
    unpack(read_wheel(plugin_wheel(tmp_path, "words")), tmp_path / "tree")
    other = plugin_files("other") | {"words_plugin/words.py": "WORD = 'mine'\n"}
    with pytest.raises(WheelRefused, match="in another wheel, too"):
        unpack(read_wheel(press(tmp_path, other)), tmp_path / "tree")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(at=st.integers(0, 5000), bit=st.integers(0, 7), cut=st.none() | st.integers(0, 3000))
def test_damage_is_refused_or_harmless(tmp_path: Path, at: int, bit: int, cut: int | None) -> None:
    """Whatever byte is changed: it is refused, or the same plugin comes of it."""
    good = tmp_path / "good"
    path = plugin_wheel(good, "words")
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    (tmp_path / path.name).write_bytes(data[:cut])
    try:
        wheel = read_wheel(tmp_path / path.name)
    except WheelRefused:
        return
    assert (wheel.name, wheel.version, wheel.plugins) == ("words-plugin", "1.0", ("words",))
