"""A folder is trusted for what it held: nothing is opened before, a change asks again, policy may forbid."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.config import ConfigInvalid
from pegboard.policy import Obeyed, Standing, Trust, survey
from pegboard.policy.schema import TrustDemand
from pegboard_sdk.errors import PermissionDenied

CONFIG = ".pegboard/config.toml"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    (work / ".pegboard").mkdir(parents=True)
    (work / CONFIG).write_text('mode = "plan"\n')
    (work / "AGENTS.md").write_text("Be kind.\n")
    (work / "other.txt").write_text("no part of it")
    return work


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(tmp_path / "state")


def test_a_folder_is_not_trusted_until_somebody_says_so(work: Path, trust: Trust) -> None:
    assert trust.view(work).standing is Standing.UNKNOWN
    assert trust.view(work).obeyed == Obeyed()
    accepted = trust.accept(work)
    view = trust.view(work)
    assert (view.standing, view.obeyed) == (Standing.TRUSTED, accepted)
    assert view.obeyed.text(CONFIG) == 'mode = "plan"\n'
    assert set(view.obeyed.files) == {CONFIG, "AGENTS.md"}


def test_a_folder_with_nothing_to_obey_asks_nothing(tmp_path: Path, trust: Trust) -> None:
    (tmp_path / "plain").mkdir()
    assert trust.view(tmp_path / "plain").standing is Standing.EMPTY
    assert not (tmp_path / "state").exists()


def test_before_trust_nothing_is_opened(work: Path, trust: Trust) -> None:
    (work / CONFIG).unlink()
    os.mkfifo(work / CONFIG)  # whoever opens it blocks, or at least fails below
    assert trust.view(work).standing is Standing.UNKNOWN
    with pytest.raises(ConfigInvalid, match=r"config\.toml is neither a file nor a folder"):
        trust.accept(work)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda work: (work / CONFIG).write_text('mode = "ask"\n'), f"changed: {CONFIG}"),
        (lambda work: (work / "AGENTS.md").unlink(), "gone: AGENTS.md"),
        (lambda work: (work / ".pegboard/hooks.toml").write_text(""), "new: .pegboard/hooks.toml"),
        (lambda work: (work / "CLAUDE.md").symlink_to("AGENTS.md"), "new: CLAUDE.md"),
        (lambda work: shutil.rmtree(work / ".pegboard"), f"gone: {CONFIG}"),
    ],
)
def test_a_change_asks_again_and_shows_what_changed(work: Path, trust: Trust, change, note: str) -> None:  # type: ignore[no-untyped-def]
    trust.accept(work)
    change(work)
    view = trust.view(work)
    assert (view.standing, view.notes, view.obeyed) == (Standing.CHANGED, (note,), Obeyed())
    trust.accept(work)
    assert trust.view(work).standing is Standing.TRUSTED


def test_what_has_no_part_in_it_may_change(work: Path, trust: Trust) -> None:
    trust.accept(work)
    (work / "other.txt").write_text("changed")
    (work / "src").mkdir()
    os.utime(work / CONFIG, (1, 1))
    assert trust.view(work).standing is Standing.TRUSTED


def test_another_folder_in_its_place_is_another_folder(work: Path, trust: Trust, tmp_path: Path) -> None:
    trust.accept(work)
    shutil.copytree(work, tmp_path / "copy")
    assert trust.view(tmp_path / "copy").standing is Standing.UNKNOWN
    work.rename(tmp_path / "old")
    shutil.copytree(tmp_path / "old", work)
    assert trust.view(work).standing is Standing.UNKNOWN
    (tmp_path / "link").symlink_to(tmp_path / "old")
    assert trust.view(tmp_path / "link").standing is Standing.UNKNOWN


def test_links_count_by_where_they_lead_and_are_never_followed(work: Path, trust: Trust, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "config.toml").write_text('mode = "full"\n')
    shutil.rmtree(work / ".pegboard")
    (work / ".pegboard").symlink_to(outside)
    obeyed = trust.accept(work)
    assert obeyed.links == {".pegboard": str(outside)}
    assert obeyed.text(CONFIG) is None
    (work / ".pegboard").unlink()
    (work / ".pegboard").mkdir()
    (work / CONFIG).symlink_to(outside / "config.toml")
    with pytest.raises(ConfigInvalid, match="is a link; only a plain file is obeyed"):
        trust.accept(work).text(CONFIG)


def test_trust_for_one_run_leaves_no_trace(work: Path, trust: Trust) -> None:
    assert trust.once(work).text(CONFIG) == 'mode = "plan"\n'
    assert trust.view(work).standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        (TrustDemand(never=True), "trusts no folder (policy.toml:9)"),
        (TrustDemand(below=("/srv",)), "only what lies below /srv (policy.toml:9)"),
        (TrustDemand(below=()), "only what lies below nothing"),
    ],
)
def test_policy_may_forbid_it_whatever_was_answered_before(
    work: Path, tmp_path: Path, demand: TrustDemand, said: str
) -> None:
    Trust(tmp_path / "state").accept(work)
    forbidding = Trust(tmp_path / "state", demand, "policy.toml:9")
    assert said in forbidding.forbidden(work)
    assert forbidding.view(work).obeyed == Obeyed()
    for ask in (forbidding.accept, forbidding.once):
        with pytest.raises(PermissionDenied, match="cannot be trusted"):
            ask(work)


def test_policy_may_allow_it_below_a_folder(work: Path, tmp_path: Path) -> None:
    allowing = Trust(tmp_path / "state", TrustDemand(below=(str(tmp_path),)))
    assert allowing.accept(work).files
    beside = Trust(tmp_path / "state", TrustDemand(below=(f"{work}x", f"{work}/.pegboard")))
    assert beside.forbidden(work)


def test_a_record_that_others_could_have_written_counts_for_nothing(work: Path, trust: Trust, tmp_path: Path) -> None:
    trust.accept(work)
    (record,) = (tmp_path / "state/trust").glob("*.json")
    assert record.stat().st_mode & 0o777 == 0o600
    for damage in (lambda: record.chmod(0o666), lambda: record.write_text("{"), lambda: record.write_text("[]")):
        damage()
        assert trust.view(work).standing is Standing.UNKNOWN
        trust.accept(work)
    ((file, one),) = trust.records()
    assert (file, one.folder) == (record, str(work))


@pytest.mark.parametrize("what", ["huge", "many", "deep", "socket", "odd name", "not UTF-8"])
def test_what_cannot_be_obeyed_is_not_trusted(work: Path, trust: Trust, what: str) -> None:
    file = work / ".pegboard/x"
    if what == "huge":
        with file.open("w") as opened:
            opened.truncate(1 << 40)
    elif what == "many":
        for n in range(1001):
            (work / f".pegboard/{n}").touch()
    elif what == "deep":
        (work / ".pegboard" / "/".join("d" * 20)).mkdir(parents=True)
    elif what == "socket":
        os.mknod(file, 0o140600)
    elif what == "odd name":
        (work / ".pegboard/a\u202eb").touch()
    else:
        (work / CONFIG).write_bytes(b"\xff")
        with pytest.raises(ConfigInvalid, match=r"config\.toml: not UTF-8 at byte 0"):
            trust.accept(work).text(CONFIG)
        return
    with pytest.raises(ConfigInvalid):
        trust.accept(work)
    assert trust.view(work).standing is Standing.UNKNOWN


NAMES = st.sampled_from([".pegboard/config.toml", ".pegboard/a/b", "AGENTS.md", "CLAUDE.md", ".pegboard/c"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, st.binary(max_size=9)), st.dictionaries(NAMES, st.binary(max_size=9)))
def test_any_two_contents_are_told_apart(tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    work = tmp_path / "any"
    trust = Trust(tmp_path / "state")
    for content in (before, after):
        for name in os.listdir(work) if work.exists() else ():
            shutil.rmtree(work / name) if (work / name).is_dir() else (work / name).unlink()
        for name, data in content.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(data)
        work.mkdir(exist_ok=True)
        if content is before:
            trust.accept(work)
    expected = Standing.TRUSTED if before == after else Standing.CHANGED
    assert trust.view(work).standing is expected
    assert survey(work).files == after
