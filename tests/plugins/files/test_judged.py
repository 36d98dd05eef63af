"""Only the judged file is replaced, wholly or not at all, and it keeps what it had besides its content."""

import os
import resource
import stat

import pytest

from pegboard_files import judged
from pegboard_files.judged import Moved, load, remove, store
from pegboard_sdk import FileHandle, ToolFailed


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield tmp_path, fd
    os.close(fd)


def handle_of(folder, name):
    path, fd = folder
    try:
        found = os.stat(path / name, follow_symlinks=False)
    except FileNotFoundError:
        return FileHandle(fd=fd, path=name, access="write", name=name, exists=False)
    return FileHandle(fd=fd, path=name, access="write", name=name, device=found.st_dev, inode=found.st_ino)


def test_a_file_is_replaced_and_keeps_its_mode_and_attributes(folder):
    path = folder[0] / "run.sh"
    path.write_bytes(b"old")
    path.chmod(0o751)
    try:
        os.setxattr(path, "user.mark", b"kept")
    except OSError:
        has_attributes = False
    else:
        has_attributes = True
    handle = handle_of(folder, "run.sh")
    store(handle, b"new", load(handle))
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert not has_attributes or os.getxattr(path, "user.mark") == b"kept"
    assert os.listdir(folder[0]) == ["run.sh"]


def test_a_new_file_gets_the_mode_that_the_umask_leaves(folder):
    mask = os.umask(0o027)
    try:
        store(handle_of(folder, "new"), b"x", None)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((folder[0] / "new").stat().st_mode) == 0o640


def test_a_file_that_came_after_judging_is_not_overwritten(folder):
    handle = handle_of(folder, "new")
    (folder[0] / "new").write_text("theirs")
    with pytest.raises(Moved):
        store(handle, b"ours", None)
    assert (folder[0] / "new").read_text() == "theirs"
    assert os.listdir(folder[0]) == ["new"]


@pytest.mark.parametrize("swap", ["renamed over", "written to", "removed", "made a link"])
def test_a_file_that_changed_between_judging_and_renaming_is_not_overwritten(folder, swap):
    path, other = folder[0] / "f", folder[0] / "other"
    path.write_text("judged")
    other.write_text("theirs")
    handle = handle_of(folder, "f")
    original = load(handle)
    if swap == "renamed over":
        other.rename(path)
    elif swap == "written to":
        path.write_text("theirs")
    else:
        path.unlink()
        if swap == "made a link":
            path.symlink_to(other)
    before = {name: (folder[0] / name).read_text() for name in os.listdir(folder[0])}
    for act in (lambda: store(handle, b"ours", original), lambda: remove(handle, original)):
        with pytest.raises(Moved, match="nothing was written"):
            act()
    assert {name: (folder[0] / name).read_text() for name in os.listdir(folder[0])} == before


def test_another_file_of_the_same_name_is_not_loaded(folder):
    (folder[0] / "f").write_text("judged")
    handle = handle_of(folder, "f")
    (folder[0] / "g").write_text("theirs")
    (folder[0] / "g").rename(folder[0] / "f")
    with pytest.raises(Moved):
        load(handle)


def test_links_folders_and_pipes_are_named_for_what_they_are(folder):
    (folder[0] / "target").write_text("x")
    (folder[0] / "link").symlink_to("target")
    (folder[0] / "dir").mkdir()
    os.mkfifo(folder[0] / "pipe")
    for name, said in (("link", "symbolic link"), ("dir", "a folder"), ("pipe", "a pipe")):
        with pytest.raises(ToolFailed, match=said):
            load(handle_of(folder, name))


def test_folders_that_the_grant_says_are_missing_are_made(folder):
    handle = FileHandle(fd=folder[1], path="a/b/f", access="write", name="a/b/f", exists=False)
    store(handle, b"x", None)
    assert (folder[0] / "a/b/f").read_bytes() == b"x"


def test_a_name_never_leads_out_of_the_folder(folder):
    for name in ("..", "../f", "a/../f", "", "a//f", "/f"):
        with pytest.raises(ToolFailed, match="names no file"):
            store(FileHandle(fd=folder[1], path=name, access="write", name=name, exists=False), b"x", None)


def test_a_folder_on_the_way_that_is_a_link_is_not_followed(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (folder[0] / "a").symlink_to(outside)
    with pytest.raises(ToolFailed):
        store(FileHandle(fd=folder[1], path="a/f", access="write", name="a/f", exists=False), b"x", None)
    assert os.listdir(outside) == []


def test_a_missing_folder_is_called_missing(folder):
    inner = folder[0] / "gone"
    inner.mkdir()
    fd = os.open(inner, os.O_RDONLY | os.O_DIRECTORY)
    inner.rmdir()
    try:
        with pytest.raises(ToolFailed, match="folder does not exist"):
            store(FileHandle(fd=fd, path="gone/f", access="write", name="f", exists=False), b"x", None)
    finally:
        os.close(fd)


def test_when_the_disk_takes_no_more_the_old_content_stays_and_nothing_is_left_over(folder):
    path = folder[0] / "f"
    path.write_bytes(b"old")
    handle = handle_of(folder, "f")
    original = load(handle)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(ToolFailed, match="f: File too large"):
            store(handle, bytes(2 << 20), original)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert os.listdir(folder[0]) == ["f"]


def test_a_file_too_large_to_keep_is_refused(folder):
    with open(folder[0] / "huge", "wb") as file:
        file.truncate(judged.MAX_EDITED_BYTES + 1)
    with pytest.raises(ToolFailed, match="at most"):
        load(handle_of(folder, "huge"))
