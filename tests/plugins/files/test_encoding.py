"""Every text comes back byte for byte, and what is no text is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_files.encoding import Encoding, Form, Unencodable, decode, encode, form_of

forms = st.sampled_from([
    Form(),
    Form(Encoding.UTF8, b"\xef\xbb\xbf"),
    Form(Encoding.UTF16_LE, b"\xff\xfe"),
    Form(Encoding.UTF16_BE, b"\xfe\xff"),
])  # fmt: skip
letters = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"))


@given(st.binary())
def test_any_bytes_that_count_as_text_come_back_unchanged(data):
    form = form_of(data)
    if form is not None:
        assert encode(decode(data, form), form) == data


@given(letters, forms)
def test_a_text_with_a_mark_is_recognised_and_read(text, form):
    data = encode(text, form)
    found = form_of(data)
    assert found is not None
    assert decode(data, found) == text


@pytest.mark.parametrize("encoding", [Encoding.UTF16_LE, Encoding.UTF16_BE])
def test_utf_16_without_a_mark_is_recognised_by_its_zeros(encoding):
    assert form_of("def main():\n    pass\n".encode(encoding.value)) == Form(encoding)


def test_a_character_torn_at_the_end_of_a_sample_does_not_make_it_latin_1():
    data = ("ä" * 100).encode()[:-1]
    assert form_of(data, cut=1) == Form()
    assert form_of(data) == Form(Encoding.LATIN1)


@pytest.mark.parametrize("data", [b"\x7fELF\0\0\1", b"a\0b", bytes(range(128, 160)) + bytes(range(1, 9))])
def test_binary_is_no_text(data):
    assert form_of(data) is None


def test_a_character_that_latin_1_lacks_is_named():
    with pytest.raises(Unencodable, match=r"U\+20AC"):
        encode("5 €", Form(Encoding.LATIN1))
