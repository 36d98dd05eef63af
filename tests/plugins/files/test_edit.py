"""An edit changes what it names and not one byte more."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pegboard_files.edit import Ambiguous, NotFound, Replaced, redacted_in, replace
from pegboard_files.encoding import Encoding, Form, decode, encode, form_of

lines = st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "Zs")), max_size=8)
ends = st.sampled_from(["\n", "\r\n"])
forms = st.sampled_from([
    Form(),
    Form(Encoding.UTF8, b"\xef\xbb\xbf"),
    Form(Encoding.LATIN1),
    Form(Encoding.UTF16_LE, b"\xff\xfe"),
    Form(Encoding.UTF16_BE, b"\xfe\xff"),
])  # fmt: skip


@given(st.lists(st.tuples(lines, ends), max_size=6), st.lists(st.tuples(lines, ends), max_size=6), lines, forms)
def test_bytes_around_an_edit_stay_what_they_were(before, after, last, form):
    head, tail = ("".join(line + end for line, end in side) for side in (before, after))
    data = encode(f"{head}OLD one\r\nOLD two\n{tail}{last}", form)
    found = form_of(data)
    assume(found is not None and found.bom == form.bom)
    done = replace(decode(data, found), "OLD one\nOLD two\n", "OLD one\nNEW\n", everywhere=False)
    assert isinstance(done, Replaced)
    assert encode(done.text, found) == encode(f"{head}OLD one\r\nNEW\n{tail}{last}", form)


@given(st.lists(st.tuples(lines, ends), min_size=1, max_size=8), st.data())
def test_naming_any_run_of_lines_with_plain_newlines_finds_it_and_putting_it_back_changes_nothing(rows, data):
    text = "".join(line + end for line, end in rows)
    first = data.draw(st.integers(0, len(rows) - 1))
    last = data.draw(st.integers(first + 1, len(rows)))
    old = "".join(f"{line}\n" for line, _ in rows[first:last])
    assume(old.strip("\n"))
    done = replace(text, old, f"{old}added\n", everywhere=True)
    assert isinstance(done, Replaced)
    assert re.sub(r"added\r?\n", "", done.text) == text


def test_lines_that_come_take_the_ends_of_what_they_replace():
    assert replace("a\r\nb\r\nc\n", "b\n", "x\ny\n", everywhere=False) == Replaced("a\r\nx\r\ny\r\nc\n", (2,))


def test_a_word_replaced_by_two_lines_takes_the_end_of_its_line():
    assert replace("a\r\nb b2\r\n", "b2", "x\ny", everywhere=False) == Replaced("a\r\nb x\r\ny\r\n", (2,))


def test_carriage_returns_that_are_named_are_taken_word_for_word():
    assert replace("a\r\nb\n", "a\r\nb", "a\nb", everywhere=False) == Replaced("a\nb\n", (1,))


def test_text_that_occurs_several_times_is_told_with_its_lines():
    assert replace("x\ny\nx\n", "x", "z", everywhere=False) == Ambiguous((1, 3))
    assert replace("x\ny\nx\n", "x", "z", everywhere=True) == Replaced("z\ny\nz\n", (1, 3))


def test_text_that_does_not_occur_is_not_found():
    assert replace("x\n", "X", "y", everywhere=True) == NotFound()


def test_a_stand_in_for_a_secret_matches_itself_alone():
    assert replace("KEY=abc123\nDEBUG=0\n", "KEY=⟦secret:1⟧", "x", everywhere=False) == NotFound()
    assert replace("KEY=⟦secret:1⟧\n", "KEY=⟦secret:1⟧", "x", everywhere=False) == Replaced("x\n", (1,))


@pytest.mark.parametrize(("text", "mark"), [("a", "⟦secret:1⟧"), ("has ⟦secret:1⟧", None)])
def test_a_redacted_secret_may_be_written_only_where_the_file_itself_says_so(text, mark):
    assert redacted_in("KEY=⟦secret:1⟧", text) == mark
