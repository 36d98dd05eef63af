"""Files are paged by line, whatever their size, and the reader is told what it does not see."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_files.encoding import Encoding, Form, encode
from pegboard_files.lines import CHUNK_BYTES, LineIndex, Lines
from pegboard_files.page import LINE_CHARACTERS, PAGE_BYTES, BeyondEnd, page_of

PLAIN = Form()


def opened(path, data, form=PLAIN):
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    return fd, Lines(fd, LineIndex(len(data)), newline=form.encoding.newline, start=len(form.bom))


def paged(path, data, *, offset=1, limit=2000, form=PLAIN):
    fd, lines = opened(path, data, form)
    try:
        return page_of(lines, form, offset=offset, limit=limit)
    finally:
        os.close(fd)


def test_a_page_says_where_it_is_and_how_to_go_on(tmp_path):
    page = paged(tmp_path / "f", b"a\nb\nc\nd\n", offset=2, limit=2)
    assert page.shown() == "2\tb\n3\tc\n[lines 2-3 of 4; more: offset=4]"


def test_the_last_page_of_a_plain_file_says_nothing_more(tmp_path):
    assert paged(tmp_path / "f", b"a\nb\n").shown() == "1\ta\n2\tb\n"


def test_line_ends_marks_and_a_missing_last_newline_are_told(tmp_path):
    assert paged(tmp_path / "f", b"a\r\nb").shown() == "1\ta\n2\tb\n[CRLF line ends; no newline at the end]"
    assert paged(tmp_path / "f", b"a\r\nb\n").shown() == "1\ta\n2\tb\n[mixed line ends]"
    latin = paged(tmp_path / "f", b"caf\xe9\n", form=Form(Encoding.LATIN1))
    assert latin.shown() == "1\tcafé\n[not UTF-8, shown as Latin-1]"


def test_an_empty_file_is_said_to_be_empty_and_a_page_beyond_the_end_is_refused(tmp_path):
    assert paged(tmp_path / "f", b"").shown() == "[empty file]"
    with pytest.raises(BeyondEnd) as beyond:
        paged(tmp_path / "f", b"a\nb", offset=3)
    assert beyond.value.total == 2


def test_a_long_line_is_shortened_and_says_by_how_much(tmp_path):
    page = paged(tmp_path / "f", b"x" * (LINE_CHARACTERS + 10_000) + b"\nshort\n")
    first, second = page.text.splitlines()
    assert first.endswith("… [10001 more bytes in this line]")
    assert second == "2\tshort"


@pytest.mark.parametrize("row", ["y" * 999, "語" * 999, "z" * 50_000, ""])
def test_a_page_ends_before_it_grows_too_large(tmp_path, row):
    page = paged(tmp_path / "f", f"{row}\n".encode() * 5000, limit=5000)
    assert len(page.shown().encode()) < PAGE_BYTES + 2000
    assert page.last >= 2
    assert page.total in (5000, None)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0\ufeff"), max_size=30), max_size=40),
    st.data(),
)
@pytest.mark.parametrize("form", [Form(), Form(Encoding.UTF16_LE, b"\xff\xfe"), Form(Encoding.UTF16_BE, b"\xfe\xff")])
def test_pages_together_are_the_file(tmp_path_factory, form, rows, data):
    limit = data.draw(st.integers(1, 7))
    path = tmp_path_factory.mktemp("pages") / "f"
    fd, lines = opened(path, encode("".join(f"{row}\n" for row in rows), form), form)
    try:
        seen = []
        while len(seen) < len(rows):
            page = page_of(lines, form, offset=len(seen) + 1, limit=limit)
            seen += [line.split("\t", 1)[1] for line in page.text.split("\n")[:-1]]
        assert seen == rows
        assert lines.count() == len(rows)
    finally:
        os.close(fd)


def test_two_gibibytes_are_paged_without_reading_their_holes(tmp_path):
    path = tmp_path / "huge"
    with open(path, "wb") as file:
        file.write(b"first\nsecond\n")
        file.seek(2 << 30)
        file.write(b"\nfar away\n" + b"row\n" * (CHUNK_BYTES // 2) + b"last\n")
    fd = os.open(path, os.O_RDONLY)
    try:
        index = LineIndex(os.fstat(fd).st_size)
        lines = Lines(fd, index, newline=b"\n")
        near = page_of(lines, Form(), offset=1, limit=2)
        assert near.text == "1\tfirst\n2\tsecond\n"
        assert near.total is None
        far = page_of(Lines(fd, index, newline=b"\n"), Form(), offset=4, limit=2)
        assert far.text == "4\tfar away\n5\trow\n"
        end = 4 + CHUNK_BYTES // 2 + 1
        assert page_of(lines, Form(), offset=end, limit=5).text == f"{end}\tlast\n"
        assert "2147481" in page_of(lines, Form(), offset=3, limit=1).text
    finally:
        os.close(fd)
