"""URLs and hosts: two readers must not read them differently, and private addresses need their own name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.gate.url import host_in, look_at_host, look_at_url, parse_host_pattern
from pegboard_sdk.errors import InvalidParams


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.org/a?b#c", "example.org", 443), ("HTTP://Example.ORG.:8080/", "example.org", 8080),
        ("http://[::1]/", "::1", 80), ("http://127.0.0.1:9/", "127.0.0.1", 9),
        ("http://[::ffff:10.0.0.1]/", "10.0.0.1", 80),
    ],
)  # fmt: skip
def test_a_plain_url_is_taken_apart(url: str, host: str, port: int) -> None:
    facts = look_at_url(url)
    assert (facts.host, facts.port, facts.trouble) == (host, port, "")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.org", "file:///etc/passwd", "javascript:x", "x.org", "", "http://", "http://a b/", "http://a\\@b/",
        "http://user@x.org/", "http://u:p@x.org/", "http://0x7f.1/", "http://2130706433/", "http://0177.0.0.1/",
        "http://x.org:99999/", "http://x\u202e.org/", "http://\u0430pple.com/", "http://x..org/", "http://-x.org/",
        "http://[::1/", "http://x.org\n/", "http://" + "a" * 5000, "http://127.1/", "http://x.org:a/",
        "http://x.org/" + "a" * 5000, "http://" + "é" * 70 + ".org/", "http://x\u2028y/",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_has_trouble(url: str) -> None:
    assert look_at_url(url).trouble


def test_a_host_has_at_most_253_letters() -> None:
    longest = ".".join(["a" * 49] * 5) + ".org"
    assert (len(longest), look_at_host(longest).trouble) == (253, "")
    assert look_at_host(f"b{longest}").trouble


@pytest.mark.parametrize(
    ("word", "host"),
    [("x.org", "x.org"), ("X.ORG:80/a", "x.org"), ("ssh://git@x.org/a", "x.org"), ("git@x.org:a/b", "x.org"),
     ("ftp://x.org", "x.org"), ("http://[", ""), ("", ""), ("a b", "")],
)  # fmt: skip
def test_a_host_is_found_in_whatever_names_one(word: str, host: str) -> None:
    assert host_in(word).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "localhost", "a.localhost", "::1", "fd00::1"])
def test_private_hosts_are_local(host: str) -> None:
    assert look_at_host(host).local


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"])
def test_addresses_of_this_link_are_told_apart(host: str) -> None:
    assert look_at_host(host).link_local


def test_a_pattern_covers_its_host_and_subdomains_only() -> None:
    pattern = parse_host_pattern("domain:Example.org")
    assert pattern.covers(look_at_url("https://example.org/x"))
    assert pattern.covers(look_at_url("https://docs.example.org/"))
    for other in ("https://example.org.evil.net/", "https://badexample.org/", "https://evil.net/example.org"):
        assert not pattern.covers(look_at_url(other))


def test_a_narrowing_pattern_binds_where_the_url_has_trouble_too() -> None:
    assert parse_host_pattern("domain:x.org").binds(look_at_url("http://user@x.org/"))
    assert not parse_host_pattern("domain:x.org").covers(look_at_url("http://user@x.org/"))


@pytest.mark.parametrize(
    "text", ["example.org", "domain:", "domain:a b", "domain:http://x", "host:x", "domain:2130706433"]
)
def test_a_wrong_pattern_says_what_would_be_right(text: str) -> None:
    with pytest.raises(InvalidParams, match=r"write a host like|a host is named as"):
        parse_host_pattern(text)


@given(st.text(max_size=60) | st.text("http:/@[]%.0x1a\\?#", max_size=40).map("http://{}".format))
def test_hostile_text_is_judged_and_never_raises(text: str) -> None:
    facts = look_at_url(text)
    assert facts.trouble or facts.host
    look_at_host(text)
