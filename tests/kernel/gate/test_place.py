"""What a place says of paths, and that a farm of links never leads outside unnoticed."""

import ctypes
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pegboard.gate.links import other_names
from pegboard.gate.openat import Opener
from pegboard.gate.path import FileKind, Sensitivity
from pegboard.gate.place import Place
from pegboard.places import Places
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.manifest import Access


def own_places(top: Path) -> Places:
    return Places(**{kind: top / "own" / kind for kind in ("config", "data", "state", "cache", "runtime", "managed")})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "w/src").mkdir(parents=True)
    (tmp_path / "w/src/a.py").write_text("a")
    with Place.open(tmp_path / "w", str(tmp_path / "h"), own_places(tmp_path)) as held:
        yield held


def test_a_file_is_known_by_what_was_opened(place: Place) -> None:
    found = os.stat(f"{place.root_path}/src/a.py")
    facts = place.look("./src//a.py")
    assert (facts.device, facts.inode, facts.links) == (found.st_dev, found.st_ino, 1)
    assert (facts.shown, facts.inside, facts.exists, facts.kind) == ("src/a.py", True, True, FileKind.FILE)


def test_a_path_is_taken_from_the_folder_that_is_given(place: Place) -> None:
    assert place.look("a.py", "src").shown == "src/a.py"
    assert place.look("../src/a.py", "src").shown == "src/a.py"
    assert not place.look("../..", "src").inside
    assert place.look("a.py", f"{place.root_path}/src").shown == "src/a.py"


def test_writing_holds_the_folder_and_names_what_is_missing(place: Place) -> None:
    found = place.find("new/deep/x", access=Access.WRITE)
    assert os.path.sameopenfile(found.folder, place.root_fd)
    assert (found.name, found.fd, found.facts.exists) == ("new/deep/x", -1, False)
    found.close()
    found.close()


def test_writing_through_a_link_holds_the_targets_folder(place: Place) -> None:
    os.symlink("src/a.py", f"{place.root_path}/l")
    found = place.find("l", access=Access.WRITE)
    assert (found.name, found.facts.shown) == ("a.py", "src/a.py")
    assert os.fstat(found.folder).st_ino == os.stat(f"{place.root_path}/src").st_ino
    found.close()


def test_looking_leaves_no_descriptor_open(place: Place) -> None:
    os.symlink("loop", f"{place.root_path}/loop")
    os.link(f"{place.root_path}/src/a.py", f"{place.root_path}/b")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("src/a.py", "../..", "loop/x", "b", "/proc/self/fd/0", "a\x00b", "", "~/x", "x" * 5000, "a/" * 5000):
        for access in Access:
            place.look(path, access=access)
    assert len(os.listdir("/proc/self/fd")) == before


def test_hard_links_are_found_by_identity(place: Place) -> None:
    os.makedirs(f"{place.root_path}/node_modules/p")
    os.link(f"{place.root_path}/src/a.py", f"{place.root_path}/node_modules/p/late")
    facts = place.look("src/a.py")
    assert facts.names == (f"{place.root_path}/node_modules/p/late",)
    assert (facts.links, facts.elsewhere, facts.uncounted) == (2, 0, False)


def test_a_search_that_ends_at_its_limit_says_so(place: Place, tmp_path: Path) -> None:
    os.link(f"{place.root_path}/src/a.py", tmp_path / "outside")
    status = os.stat(f"{place.root_path}/src/a.py")
    found = other_names(status, [(place.root_fd, place.root_path)], limit=1)
    assert found.uncounted
    assert not other_names(status, [(place.root_fd, place.root_path)]).uncounted


def test_without_openat2_the_walk_gives_the_same_answers(place: Place) -> None:
    os.symlink("src", f"{place.root_path}/in")
    os.symlink("/", f"{place.root_path}/out")
    asked = ["src/a.py", "in/a.py", "out/etc", "..", "src/../src/a.py", "new", f"{place.root_path}/src/a.py"]
    modern = [place.look(path) for path in asked]
    opener = Opener()
    opener._call = None  # what a kernel without openat2 leaves
    place._opener = opener
    assert [place.look(path) for path in asked] == modern


def test_the_kernel_is_asked_to_stay_below_whatever_a_name_says(place: Place) -> None:
    opener = Opener()
    for name in ("..", "src/../..", "/etc", f"/proc/self/fd/{place.root_fd}"):
        with pytest.raises(OSError, match=os.strerror(errno.EXDEV)):
            opener.below(place.root_fd, name)
    top = os.open("/proc/self", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
            opener.below(top, "cwd/.")
    finally:
        os.close(top)


@pytest.mark.parametrize(
    ("numbers", "fails"),
    [([errno.EAGAIN, errno.EINTR], 0), ([errno.EAGAIN] * 1000, errno.EAGAIN), ([errno.ENOSYS], 0), ([errno.EPERM], 0),
     ([errno.EACCES], errno.EACCES)],
)  # fmt: skip
def test_what_the_kernel_was_not_sure_of_is_asked_again(place: Place, numbers: list[int], fails: int) -> None:
    opener, left = Opener(), list(numbers)
    real = opener._call

    def unsure(*arguments: object) -> int:
        if not left:
            return int(real(*arguments))  # type: ignore[misc]
        ctypes.set_errno(left.pop(0))
        return -1

    opener._call = unsure  # type: ignore[assignment]
    if fails:
        with pytest.raises(OSError, match=os.strerror(fails)):
            opener.below(place.root_fd, "src")
    else:
        os.close(opener.below(place.root_fd, "src"))


def test_leaving_a_place_lets_its_roots_go(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "w").mkdir()
    with Place.open(tmp_path / "w", "/h", own_places(tmp_path), roots=(tmp_path / "a", tmp_path / "a/b")) as held:
        assert held.look(f"{tmp_path}/a/b/new").base == f"{tmp_path}/a/b"
        assert held.look(f"{tmp_path}/a/new").base == f"{tmp_path}/a"
    assert (held.root_fd, held.added) == (-1, {})


def test_forty_links_are_followed_and_no_more(place: Place) -> None:
    for at in range(41):
        os.symlink("src/a.py" if not at else f"l{at - 1}", f"{place.root_path}/l{at}")
    assert place.look("l39").shown == "src/a.py"
    assert "too many levels" in place.look("l40").trouble


def test_a_way_from_outside_may_enter_but_not_through_the_system(place: Place, tmp_path: Path) -> None:
    os.symlink(tmp_path / "w", tmp_path / "alias")
    assert place.look(f"{tmp_path}/alias/src/a.py").inside
    assert place.look(f"{tmp_path}/h/../alias/src/a.py").trouble  # there is no folder `h`
    assert not place.look(f"/proc/self/root{tmp_path}/w/src/a.py").inside


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError):
        Place.open(tmp_path / "file", "/h", own_places(tmp_path))
    with pytest.raises(FileNotFoundError):
        Place.open(tmp_path / "none", "/h", own_places(tmp_path))


def test_results_are_opened_only_where_the_session_keeps_them(place: Place, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        place.open_output("abc")
    with Place.open(tmp_path / "w", "/h", own_places(tmp_path), outputs=len) as keeping:
        assert keeping.open_output("abc") == 3


def test_no_way_leads_up_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "w/b").mkdir(parents=True)
    (tmp_path / "w/b/a").write_text("x")
    with Place.open(tmp_path / "w", "/h", own_places(tmp_path)) as place:
        found = place.find("b/a/../a")
        assert (found.fd, found.facts.trouble) == (-1, "cannot be followed: not a directory")
        found.close()


def test_the_whole_file_system_may_be_the_workspace(tmp_path: Path) -> None:
    with Place.open("/", "/h", own_places(tmp_path)) as everything:
        facts = everything.look("etc/passwd")
        assert (facts.inside, facts.real, facts.shown) == (True, "/etc/passwd", "etc/passwd")
        assert everything.look("../..").inside is False
        assert everything.look(str(tmp_path / "own/config/x"), access=Access.WRITE).sensitivity is Sensitivity.OWN


NAMES = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(st.sampled_from(["a", "b", "c", "d", "..", ".", "secret"]), min_size=1, max_size=6).map("/".join)
TARGETS = STEPS | st.sampled_from(["$O", "$W", "/", "$O/secret", "$W/a", "$T", "..", "../o"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, TARGETS | st.none()), max_size=10), STEPS | TARGETS)
@example(farm=[("b", "a", None)], path="b/a/..")
def test_what_is_inside_is_inside_in_any_farm_of_links(
    tmp_path_factory: pytest.TempPathFactory, farm: list[tuple[str, str, str | None]], path: str
) -> None:
    top = tmp_path_factory.mktemp("farm")
    (top / "w").mkdir()
    (top / "o").mkdir()
    (top / "o/secret").write_text("outside")

    def expand(text: str) -> str:
        return text.replace("$O", f"{top}/o").replace("$W", f"{top}/w").replace("$T", str(top))

    for folder, name, target in farm:
        try:
            (top / "w" / folder).mkdir(exist_ok=True)
            if target is None:
                (top / "w" / folder / name).write_text("inside")
            else:
                (top / "w" / folder / name).symlink_to(expand(target))
        except OSError:
            continue
    with Place.open(top / "w", "/h", own_places(top)) as place:
        found = place.find(expand(path))
        facts = found.facts
        if found.fd >= 0:
            real = os.readlink(f"/proc/self/fd/{found.fd}")
            assert facts.inside <= (real == str(top / "w") or real.startswith(f"{top}/w/"))
            assert facts.real == real
            asked = expand(path) if path.startswith(("/", "$")) else f"{top}/w/{path}"
            assert os.path.samestat(os.stat(asked), os.fstat(found.fd))
        found.close()
