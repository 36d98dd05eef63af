"""Which wheels make a tree: the newest that fit, and a sentence when there are none."""

from pathlib import Path

import pytest
from packaging.tags import Tag
from wheel_press import plugin_files, press

from pegboard.cli.supply.resolving import Missing, choose, usable
from pegboard.supply.failure import WheelRefused
from pegboard.supply.wheel import Wheel, read_wheel


def wheel(folder: Path, plugin: str, version: str = "1.0", *requires: str, tag: str = "py3-none-any") -> Wheel:
    files = plugin_files(plugin, version, requires=requires)
    return read_wheel(press(folder, files, name=f"{plugin}_plugin-{version}-{tag}.whl"))


def names(chosen: list[Wheel] | Missing) -> list[str]:
    assert isinstance(chosen, list), chosen
    return [f"{one.name} {one.version}" for one in chosen]


def test_the_newest_that_fits_is_taken_with_all_that_it_needs(tmp_path: Path) -> None:
    root = wheel(tmp_path, "root", "1.0", "a-plugin<2")
    hand = usable(
        [
            wheel(tmp_path, "a", "1.0"),
            wheel(tmp_path, "a", "1.10", "b-plugin; python_version >= '3'", "c-plugin; python_version < '3'"),
            wheel(tmp_path, "a", "1.9"),
            wheel(tmp_path, "a", "2.0"),
            wheel(tmp_path, "a", "1.11b1"),
            wheel(tmp_path, "b", "1.0", "a-plugin"),
        ]
    )
    assert names(choose(root, hand)) == ["a-plugin 1.10", "b-plugin 1.0", "root-plugin 1.0"]


def test_extras_bring_what_they_name(tmp_path: Path) -> None:
    root = wheel(tmp_path, "root", "1.0", "a-plugin", "a-plugin[more]")
    hand = usable([wheel(tmp_path, "a", "1.0", "b-plugin; extra == 'more'"), wheel(tmp_path, "b", "1.0")])
    assert names(choose(root, hand)) == ["a-plugin 1.0", "b-plugin 1.0", "root-plugin 1.0"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    root = wheel(tmp_path, "root", "1.0", "a-plugin>=3", "b-plugin")
    chosen = choose(root, usable([wheel(tmp_path, "a", "1.0")]))
    assert chosen == Missing(("a-plugin>=3", "b-plugin"))


def test_two_that_cannot_agree_are_refused(tmp_path: Path) -> None:
    root = wheel(tmp_path, "root", "1.0", "a-plugin", "b-plugin")
    hand = usable([wheel(tmp_path, "a", "2.0"), wheel(tmp_path, "b", "1.0", "a-plugin<2")])
    with pytest.raises(WheelRefused, match="was chosen for another"):
        choose(root, hand)


def test_wheels_of_other_platforms_and_pythons_are_left_out(tmp_path: Path) -> None:
    ours = wheel(tmp_path, "a", "1.0", tag="cp311-cp311-linux_x86_64")
    theirs = wheel(tmp_path, "a", "1.1", tag="cp311-cp311-win_amd64")
    tags = [Tag("cp311", "cp311", "linux_x86_64"), Tag("py3", "none", "any")]
    assert usable([ours, theirs], tags) == [ours]
    files = plugin_files("old", "1.0")
    files["old_plugin-1.0.dist-info/METADATA"] = (
        "Metadata-Version: 2.1\nName: old-plugin\nVersion: 1.0\nRequires-Python: <3\n\n"
    )
    assert usable([read_wheel(press(tmp_path, files))]) == []


def test_a_requirement_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WheelRefused, match="requirement"):
        choose(wheel(tmp_path, "root", "1.0", "a plugin or two"), [])
