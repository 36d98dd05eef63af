"""The tools of `files` over the wire, with descriptors as the gate grants them."""

import os
import resource
import stat

import pytest

from pegboard_files import plugin
from pegboard_sdk import Image, Outcome, Setup, ToolOutput
from pegboard_sdk.testing import connected, reading, writing

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Desk:
    """A session with the plugin in a folder."""

    def __init__(self, board, folder):
        self.board = board
        self.folder = folder

    def call(self, tool, arguments, files):
        return self.board.start_tool(tool, arguments, files=files).result(ToolOutput)

    def read(self, name, **arguments):
        return self.call("read_file", {"path": name, **arguments}, {"path": reading(self.folder / name)})

    def change(self, tool, name, **arguments):
        return self.call(tool, {"path": name, **arguments}, {"path": writing(self.folder / name)})

    def many(self, tool, names, **arguments):
        files = {f"paths[{at}]": writing(self.folder / name) for at, name in enumerate(names)}
        return self.call(tool, {"paths": list(names), **arguments}, files)


def said(output):
    return output.parts[0].text


@pytest.fixture
def desk(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    with connected(plugin, Setup(data_dir=str(tmp_path / "data"), workspace=str(folder))) as board:
        yield Desk(board, folder)


def test_read_edit_and_read_again(desk):
    path = desk.folder / "a.py"
    path.write_bytes(b"\xef\xbb\xbfx = 1\r\ny = 2\r\n")
    assert said(desk.read("a.py")) == "1\tx = 1\n2\ty = 2\n[UTF-8 with BOM; CRLF line ends]"
    output = desk.change("edit_file", "a.py", old_str="x = 1\ny", new_str="x = 9\ny")
    assert said(output) == "Edited a.py at line 1: +1 -1."
    assert "-x = 1" in output.shown
    assert path.read_bytes() == b"\xef\xbb\xbfx = 9\r\ny = 2\r\n"
    assert said(desk.change("edit_file", "a.py", old_str="y = 2", new_str="y = 3")) == "Edited a.py at line 2: +1 -1."


def test_a_file_that_was_not_read_or_changed_since_is_not_edited(desk):
    path = desk.folder / "f"
    path.write_text("one\n")
    output = desk.change("edit_file", "f", old_str="one", new_str="two")
    assert output.outcome is Outcome.FAILED
    assert "was not read in this session; read it" in said(output)
    desk.read("f")
    status = path.stat()
    path.write_text("0ne\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    for tool, arguments in (("edit_file", {"old_str": "0ne", "new_str": "x"}), ("write_file", {"content": "x"})):
        output = desk.change(tool, "f", **arguments)
        assert output.outcome is Outcome.FAILED
        assert "changed since you read it; read it again" in said(output)
    assert path.read_text() == "0ne\n"


def test_a_file_that_was_only_touched_or_replaced_by_the_same_content_can_be_edited(desk):
    path = desk.folder / "f"
    path.write_text("one\n")
    desk.read("f")
    (desk.folder / "g").write_text("one\n")
    (desk.folder / "g").rename(path)
    assert desk.change("edit_file", "f", old_str="one", new_str="two").outcome is Outcome.OK


def test_a_new_file_is_written_and_an_existing_one_keeps_its_form_and_mode(desk):
    assert said(desk.change("write_file", "new.txt", content="a\nb")) == "Created new.txt: 2 lines, 3 bytes."
    path = desk.folder / "wide.sh"
    path.write_bytes(b"\xff\xfe" + "a\r\nb\r\n".encode("utf-16-le"))
    path.chmod(0o755)
    desk.read("wide.sh")
    output = desk.change("write_file", "wide.sh", content="c\nd\n")
    assert said(output) == "Overwrote wide.sh: 2 lines, 14 bytes (UTF-16-LE, CRLF line ends kept)."
    assert path.read_bytes() == b"\xff\xfe" + "c\r\nd\r\n".encode("utf-16-le")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_latin_1_is_told_and_kept_and_what_it_lacks_is_refused(desk):
    path = desk.folder / "l"
    path.write_bytes(b"caf\xe9\nx\n")
    assert "shown as Latin-1" in said(desk.read("l"))
    assert desk.change("edit_file", "l", old_str="x", new_str="ü").outcome is Outcome.OK
    assert path.read_bytes() == b"caf\xe9\n\xfc\n"
    refused = desk.change("edit_file", "l", old_str="ü", new_str="€")
    assert "U+20AC" in said(refused)
    assert "now UTF-8" in said(desk.change("write_file", "l", content="€\n"))


def test_old_text_that_is_missing_or_repeated_says_where_to_look(desk):
    (desk.folder / "f").write_text("def a():\n    return 1\n\ndef b():\n    return 1\n")
    desk.read("f")
    assert "occurs 2 times in f, at lines 2, 5" in said(desk.change("edit_file", "f", old_str="return 1", new_str="x"))
    missing = said(desk.change("edit_file", "f", old_str="def b():\n  return 1", new_str="x"))
    assert "only white space differs in lines 4-5:\n4\tdef b():\n5\t    return 1" in missing
    assert said(desk.change("edit_file", "f", old_str="return 1", new_str="x", replace_all=True)).startswith(
        "Edited f at 2 places (lines 2, 5)"
    )


def test_several_edits_are_all_made_or_none(desk):
    path = desk.folder / "f"
    path.write_text("a\nb\n")
    desk.read("f")
    edits = [{"old_str": "a", "new_str": "A"}, {"old_str": "z", "new_str": "Z"}]
    assert said(desk.change("multi_edit", "f", edits=edits)).startswith("edit 2 of 2: old_str does not occur")
    assert path.read_text() == "a\nb\n"
    edits[1] = {"old_str": "A\nb", "new_str": "AB"}
    desk.change("multi_edit", "f", edits=edits)
    assert path.read_text() == "AB\n"


def test_images_come_as_images_and_binaries_as_what_they_are(desk):
    (desk.folder / "i.png").write_bytes(PNG)
    (desk.folder / "b").write_bytes(b"\x7fELF\2\1\1\0\0")
    output = desk.read("i.png")
    assert output.parts[1] == Image(handle="blob:image", media_type="image/png")
    assert output.blobs == {"image": PNG}
    assert said(desk.read("b")) == "b: application/x-elf, 9 bytes; binary, not shown"
    assert "is binary" in said(desk.change("edit_file", "b", old_str="E", new_str="F"))
    assert desk.change("write_file", "b", content="text\n").outcome is Outcome.OK


def test_two_gibibytes_are_read_a_page_at_a_time(desk):
    with open(desk.folder / "huge", "wb") as file:
        file.write(b"first\n")
        file.seek(2 << 30)
        file.write(b"\nlast\n")
    assert said(desk.read("huge", limit=1)) == "1\tfirst\n[lines 1-1; more: offset=2]"
    assert said(desk.read("huge", offset=3)) == "3\tlast\n[lines 3-3 of 3]"
    assert "has 3 lines; offset 9 is beyond" in said(desk.read("huge", offset=9))


def test_a_patch_changes_adds_moves_and_deletes_or_does_nothing(desk):
    (desk.folder / "u").write_text("a\r\nb\r\n", newline="")
    (desk.folder / "m").write_text("m\n")
    (desk.folder / "d").write_text("d\n")
    (desk.folder / "m").chmod(0o700)
    for name in "umd":
        desk.read(name)
    patch = (
        "*** Begin Patch\n*** Update File: u\n a\n-b\n+B\n*** Add File: n\n+new\n"
        "*** Update File: m\n*** Move to: m2\n-m\n+M\n*** Delete File: d\n*** End Patch"
    )
    refused = desk.many("apply_patch", ["u", "n", "m", "d"], patch=patch)
    assert "touches m2; name every touched file in paths" in said(refused)
    bad = patch.replace("-m\n", "-zzz\n")
    assert "m: hunk 1 of 1 fits nowhere" in said(desk.many("apply_patch", ["u", "n", "m", "d", "m2"], patch=bad))
    assert (desk.folder / "u").read_bytes() == b"a\r\nb\r\n"
    output = desk.many("apply_patch", ["u", "n", "m", "d", "m2"], patch=patch)
    assert output.outcome is Outcome.OK, said(output)
    assert (desk.folder / "u").read_bytes() == b"a\r\nB\r\n"
    assert {path.name: path.read_text() for path in desk.folder.iterdir() if path.name != "u"} == {
        "n": "new\n",
        "m2": "M\n",
    }
    assert stat.S_IMODE((desk.folder / "m2").stat().st_mode) == 0o700


def test_a_patch_that_fails_midway_is_taken_back(desk):
    for name in "abd":
        (desk.folder / name).write_text(f"{name}\n")
        desk.read(name)
    much = "".join(f"+{'x' * 99}\n" for _ in range(1000))
    patch = (
        "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+A\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+new\n"
        f"--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-d\n--- a/b\n+++ b/b\n@@ -1 +1,1000 @@\n-b\n{much}"
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        output = desk.many("apply_patch", ["a", "n", "d", "b"], patch=patch)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert output.outcome is Outcome.FAILED
    assert said(output) == "b: File too large; the other files were put back"
    assert {path.name: path.read_text() for path in desk.folder.iterdir()} == {"a": "a\n", "b": "b\n", "d": "d\n"}
    assert desk.change("edit_file", "a", old_str="a", new_str="z").outcome is Outcome.OK


def test_a_file_that_became_a_link_after_judging_is_refused(desk):
    (desk.folder / "a").write_text("a\n")
    desk.read("a")
    granted = {"path": writing(desk.folder / "a")}
    (desk.folder / "a").rename(desk.folder / "b")
    (desk.folder / "a").symlink_to("b")
    output = desk.call("edit_file", {"path": "a", "old_str": "a", "new_str": "A"}, granted)
    assert output.outcome is Outcome.FAILED
    assert "symbolic link" in said(output)
    assert (desk.folder / "b").read_text() == "a\n"


def test_the_edits_of_a_turn_are_undone_unless_a_file_changed_since(desk):
    (desk.folder / "a").write_text("one\n")
    (desk.folder / "a").chmod(0o640)
    desk.read("a")
    desk.change("edit_file", "a", old_str="one", new_str="two")
    desk.change("edit_file", "a", old_str="two", new_str="three")
    desk.change("write_file", "new", content="x\n")
    assert said(desk.many("undo_edits", [])) == "Edited in the last turn: a, new"
    (desk.folder / "new").write_text("mine\n")
    refused = said(desk.many("undo_edits", ["a", "new"]))
    assert "new was changed after the edit, so undoing would lose that; nothing was undone" in refused
    assert (desk.folder / "a").read_text() == "three\n"
    output = desk.many("undo_edits", ["a"])
    assert said(output) == "Restored a"
    assert "+one" in output.shown
    assert (desk.folder / "a").read_text() == "one\n"
    assert stat.S_IMODE((desk.folder / "a").stat().st_mode) == 0o640
    assert desk.change("edit_file", "a", old_str="one", new_str="1").outcome is Outcome.OK
    (desk.folder / "new").write_text("x\n")
    assert said(desk.many("undo_edits", ["new"])) == "Removed new"
    assert not (desk.folder / "new").exists()


def test_a_redacted_secret_is_never_written_back(desk):
    (desk.folder / "f").write_text("KEY=hunter2\nDEBUG=0\n")
    desk.read("f")
    refused = desk.change("edit_file", "f", old_str="DEBUG=0", new_str="KEY=⟦secret:1⟧")
    assert "stands for a secret" in said(refused)
    lost = desk.change("edit_file", "f", old_str="KEY=⟦secret:1⟧\nDEBUG=0", new_str="DEBUG=1")
    assert "⟦secret:1⟧ is from before and stands for nothing now; read the file again" in said(lost)
    assert (desk.folder / "f").read_text() == "KEY=hunter2\nDEBUG=0\n"
    assert desk.change("edit_file", "f", old_str="KEY=hunter2\nDEBUG=0", new_str="DEBUG=1").outcome is Outcome.OK


def test_what_is_known_outlives_the_process(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "f").write_text("one\n")
    setup = Setup(data_dir=str(tmp_path / "data"))
    with connected(plugin, setup) as board:
        Desk(board, folder).read("f")
    with connected(plugin, setup) as board:
        assert Desk(board, folder).change("edit_file", "f", old_str="one", new_str="two").outcome is Outcome.OK
    with connected(plugin, setup) as board:
        assert said(Desk(board, folder).many("undo_edits", ["f"])) == "Restored f"
    assert (folder / "f").read_text() == "one\n"


def test_a_folder_is_not_read(desk):
    (desk.folder / "x").mkdir()
    assert "is a folder; list it with glob" in said(desk.read("x"))
