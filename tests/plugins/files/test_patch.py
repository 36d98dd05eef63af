"""Both forms of patch are read, and one that is damaged is refused with its line."""

import pytest

from pegboard_files.patch import Action, BadPatch, parse_patch


def test_a_unified_diff_of_git_with_a_rename_a_mode_and_a_new_empty_file_is_read():
    changes = parse_patch(
        "diff --git a/old.py b/new.py\nsimilarity index 90%\nrename from old.py\nrename to new.py\n"
        "--- a/old.py\n+++ b/new.py\n@@ -1 +1,2 @@ def f():\n-a\n+b\n+c\n"
        "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
        "diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n"
    )
    assert [(change.action, change.path, change.moved) for change in changes] == [
        (Action.UPDATE, "old.py", "new.py"),
        (Action.UPDATE, "run.sh", ""),
        (Action.ADD, "empty", ""),
    ]
    assert changes[0].hunks[0].rows == [("-", "a"), ("+", "b"), ("+", "c")]
    assert changes[1].is_executable is True


def test_a_plain_diff_with_time_stamps_and_lines_that_look_like_headers_is_read():
    (change,) = parse_patch(
        "--- f.sql\t2024-01-01\n+++ f.sql\t2024-01-02\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new\n x\n"
    )
    assert change.path == "f.sql"
    assert change.hunks[0].rows == [("-", "-- old comment"), ("+", "++ new"), (" ", "x")]


def test_additions_and_deletions_against_dev_null_are_read():
    added, deleted = parse_patch(
        "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n--- a/o\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n"
    )
    assert (added.action, added.path) == (Action.ADD, "n")
    assert (deleted.action, deleted.path) == (Action.DELETE, "o")


def test_the_envelope_is_read():
    changes = parse_patch(
        "*** Begin Patch\n*** Add File: n.py\n+a\n+\n*** Update File: u.py\n*** Move to: v.py\n@@ class A\n@@ def f\n"
        " x\n-y\n+z\n@@\n-last\n*** End of File\n*** Delete File: d.py\n*** End Patch\n"
    )
    added, updated, deleted = changes
    assert added.hunks[0].side("+") == ["a", ""]
    assert (updated.path, updated.moved) == ("u.py", "v.py")
    assert updated.hunks[0].below == ["class A", "def f"]
    assert updated.hunks[1].at_end
    assert deleted.action is Action.DELETE


def test_a_missing_newline_is_marked_on_the_side_that_lacks_it():
    (change,) = parse_patch("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n")
    assert change.hunks[0].bare == {"-"}
    (change,) = parse_patch("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n")
    assert change.hunks[0].bare == {"+"}


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ("nothing", "names no file"),
        ("@@ -1 +1 @@\n-a\n+b\n", "before any ---"),
        ("--- a/f\n+++ b/f\n@@ -1,3 +1 @@\n-a\n", "ends 2 old and 1 new lines"),
        ("--- a/f\n+++ b/f\n@@ nonsense @@\n-a\n", "is not like @@"),
        ("diff --git a/i b/i\nBinary files a/i and b/i differ\n", "binary patch"),
        ("*** Begin Patch\n*** Update File: a\n-x\n", "End Patch is missing"),
        ("*** Begin Patch\n*** Add File: a\nx\n*** End Patch", "line 3"),
    ],
)
def test_a_damaged_patch_is_refused_with_what_is_wrong(patch, said):
    with pytest.raises(BadPatch, match=said):
        parse_patch(patch)
