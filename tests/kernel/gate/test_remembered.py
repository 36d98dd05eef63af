"""Remembered answers: bound to the very folder, private, never wider than the question."""

import json
import os
import stat
from pathlib import Path

import pytest

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.remembered import Remembered, Scope
from pegboard.gate.resolve import resolve
from pegboard.gate.verdict import Verdict
from pegboard.places import Places
from pegboard_sdk.errors import InvalidParams


def opened(top: Path, name: str = "w") -> Place:
    (top / name).mkdir(exist_ok=True)
    own = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), top / "own"))
    return Place.open(top / name, str(top / "h"), own)


def texts(remembered: Remembered) -> list[str]:
    return [rule.text for rule in remembered.rules()]


def test_an_answer_for_once_keeps_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        remembered = Remembered(tmp_path / "state", place)
        remembered.add("write_file(./a)", Scope.ONCE)
        assert texts(remembered) == []
    assert not (tmp_path / "state").exists()


def test_an_answer_for_the_session_stays_in_memory(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        remembered = Remembered(tmp_path / "state", place)
        remembered.add("write_file(./a) ;; write_file(./b)", Scope.SESSION)
        assert texts(remembered) == ["write_file(./a)", "write_file(./b)"]
        assert texts(Remembered(tmp_path / "state", place)) == []


def test_an_answer_for_the_project_holds_in_this_folder_only(tmp_path: Path) -> None:
    with opened(tmp_path) as place, opened(tmp_path, "v") as other:
        Remembered(tmp_path / "state", place).add("write_file(./a)", Scope.PROJECT)
        assert texts(Remembered(tmp_path / "state", place)) == ["write_file(./a)"]
        assert texts(Remembered(tmp_path / "state", other)) == []


def test_another_folder_at_the_same_path_inherits_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        Remembered(tmp_path / "state", place).add("write_file(./a)", Scope.PROJECT)
        (tmp_path / "w").rename(tmp_path / "gone")
        with opened(tmp_path) as new:
            assert texts(Remembered(tmp_path / "state", new)) == []


def test_an_answer_for_the_user_means_this_very_path(tmp_path: Path) -> None:
    with opened(tmp_path) as place, opened(tmp_path, "v") as other:
        Remembered(tmp_path / "state", place).add("write_file(./a) ;; web_fetch(domain:x.org)", Scope.USER)
        elsewhere = Remembered(tmp_path / "state", other)
        assert texts(elsewhere) == [f"write_file({tmp_path}/w/a)", "web_fetch(domain:x.org)"]
        for held, verdict in ((place, Verdict.ALLOW), (other, Verdict.ASK)):
            policy = Policy().with_rules(elsewhere.rules())
            with resolve(SHIPPED["write_file"], {"path": "a"}, held, policy) as facts:
                assert judge(policy, facts).verdict is verdict


def test_two_sessions_do_not_lose_each_others_answers(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        one, two = Remembered(tmp_path / "state", place), Remembered(tmp_path / "state", place)
        one.add("write_file(./a)", Scope.PROJECT)
        two.add("write_file(./b)", Scope.PROJECT)
        one.add("write_file(./a)", Scope.PROJECT)
        assert texts(Remembered(tmp_path / "state", place)) == ["write_file(./a)", "write_file(./b)"]


def test_the_files_are_private_and_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        Remembered(tmp_path / "state", place).add("write_file(./a)", Scope.PROJECT)
    folder = tmp_path / "state/grants"
    (file,) = folder.glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert json.loads(file.read_text()) == {"schema": 1, "project": f"{tmp_path}/w", "rules": ["write_file(./a)"]}
    assert sorted(os.listdir(folder)) == [".lock", file.name]


@pytest.mark.parametrize("text", ["", "not json", '{"rules": 5}', '{"rules": ["Read("]}', "\udcff"])
def test_a_broken_file_is_named_and_grants_nothing(tmp_path: Path, text: str) -> None:
    with opened(tmp_path) as place:
        (tmp_path / "state/grants").mkdir(parents=True)
        (tmp_path / "state/grants/user.json").write_bytes(text.encode(errors="surrogateescape"))
        remembered = Remembered(tmp_path / "state", place)
        assert texts(remembered) == []
        assert "user.json" in remembered.problems[0]
        assert "left out" in remembered.problems[0]
        remembered.add("write_file(/x)", Scope.USER)
        assert texts(Remembered(tmp_path / "state", place)) == ["write_file(/x)"]


def test_a_file_that_others_may_write_grants_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        Remembered(tmp_path / "state", place).add("write_file(./a)", Scope.PROJECT)
        (file,) = (tmp_path / "state/grants").glob("*.json")
        file.chmod(0o666)
        remembered = Remembered(tmp_path / "state", place)
        assert texts(remembered) == []
        assert "others than you may write it" in remembered.problems[0]


def test_an_answer_that_cannot_be_kept_holds_until_the_session_ends(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        (tmp_path / "state").write_text("a file where a folder should be")
        remembered = Remembered(tmp_path / "state", place)
        remembered.add("write_file(./a)", Scope.PROJECT)
        assert texts(remembered) == ["write_file(./a)"]
        assert "could not be kept" in remembered.problems[-1]


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        (tmp_path / "state/grants").mkdir(parents=True)
        (tmp_path / "w/planted.json").write_text('{"rules": ["Edit"]}')
        (tmp_path / "state/grants/user.json").symlink_to(tmp_path / "w/planted.json")
        assert texts(Remembered(tmp_path / "state", place)) == []


def test_forgetting_is_durable(tmp_path: Path) -> None:
    with opened(tmp_path) as place:
        remembered = Remembered(tmp_path / "state", place)
        remembered.add("write_file(./a)", Scope.PROJECT)
        remembered.add("write_file(./b)", Scope.PROJECT)
        remembered.forget(Scope.PROJECT, "write_file(./a)")
        assert texts(remembered) == texts(Remembered(tmp_path / "state", place)) == ["write_file(./b)"]
        remembered.forget(Scope.PROJECT)
        remembered.forget(Scope.PROJECT)
        assert texts(remembered) == texts(Remembered(tmp_path / "state", place)) == []


def test_what_is_no_rule_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as place, pytest.raises(InvalidParams, match="not the name of a tool"):
        Remembered(tmp_path / "state", place).add("no rule", Scope.PROJECT)
