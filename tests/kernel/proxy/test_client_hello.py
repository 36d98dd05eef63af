"""The name that a TLS client asks for is read as it comes, and hostile bytes are an answer."""

import ssl
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.proxy.client_hello import MOST_BYTES, Sort, read_hello


def hello(name: str | None, *, only: ssl.TLSVersion | None = None) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if only:
        context.minimum_version = context.maximum_version = only
    said = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), said, server_hostname=name).do_handshake()
    return said.read()


def in_records(data: bytes, size: int) -> bytes:
    """The same message over many records."""
    body = data[5:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(data[:3] + len(piece).to_bytes(2, "big") + piece for piece in pieces)


@pytest.mark.parametrize("version", [None, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_name_is_read(version: ssl.TLSVersion | None):
    assert read_hello(hello("api.example.org", only=version)) == "api.example.org"
    assert read_hello(hello(None, only=version)) is Sort.UNNAMED


def test_it_is_read_over_any_number_of_records_and_not_before_it_is_whole():
    data = hello("api.example.org")
    for size in (40, 100, 200):
        assert read_hello(in_records(data, size)) == "api.example.org"
    assert {read_hello(data[:size]) for size in range(len(data))} == {Sort.MORE}
    assert read_hello(data + b"more") == "api.example.org"


def test_what_is_no_tls_or_too_long_is_said():
    assert read_hello(b"SSH-2.0-x\r\n") is Sort.NO_TLS
    assert read_hello(b"GET / HTTP/1.1\r\n") is Sort.NO_TLS
    assert read_hello(b"\x16\x03\x01\x40\x00\x01\x00\xff\xff" + bytes(MOST_BYTES + 5)) is Sort.BROKEN


@given(st.binary(max_size=600))
def test_any_bytes_are_an_answer(data: bytes):
    assert read_hello(b"\x16\x03\x01" + data) is not Sort.NO_TLS
    assert isinstance(read_hello(data), Sort | str)


@given(st.integers(0, 520), st.binary(min_size=1, max_size=4))
def test_a_damaged_hello_is_an_answer(at: int, junk: bytes):
    data = hello("api.example.org")
    assert isinstance(read_hello(data[:at] + junk + data[at + len(junk) :]), Sort | str)
