"""Which hosts a grant covers, and which addresses no grant reaches. Nothing here resolves anything."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.proxy.hosts import Hosts, Refusal, behind, is_public, normal, split
from pegboard_sdk.errors import InvalidParams

GRANTED = Hosts.of(
    ["api.example.org", "*.example.com", "x.org:8443", "8.8.8.8", "*:9"],
    own=["127.0.0.1:8080", "http://localhost:11434/v1", "http://[::1]:5/x", "10.0.0.1", "192.168.1.5:22", "https://own.net/v1"],
    denied=["bad.example.com", "*.evil.test"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("host", "port", "addresses"),
    [
        ("api.example.org", 443, []),
        ("API.Example.ORG.", 80, []),
        ("a.b.example.com", 443, []),
        ("x.org", 8443, []),
        ("8.8.8.8", 443, []),
        ("own.net", 443, []),
        ("anything.test", 9, []),
        ("127.0.0.1", 8080, ["127.0.0.1"]),
        ("localhost", 11434, ["127.0.0.1", "::1"]),
        ("[::1]", 5, ["::1"]),
        ("192.168.1.5", 22, ["192.168.1.5"]),
        ("64:ff9b::808:808", 9, []),
    ],
)
def test_what_was_granted_is_allowed(host: str, port: int, addresses: list[str]):
    assert GRANTED.judge(host, port) == addresses


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("api.example.org", 22, "a grant of api.example.org:22 would allow it"),
        ("example.com", 443, "example.com:443 was not granted; a grant of example.com would allow it"),
        ("evilexample.com", 443, "was not granted"),
        ("api.example.org.evil.net", 443, "was not granted"),
        ("x.org", 443, "was not granted"),
        ("127.0.0.1", 8081, "a grant of 127.0.0.1:8081 would allow it"),
        ("localhost", 9, "is not public"),
        ("10.0.0.1", 80, "a grant of 10.0.0.1:80 would allow it"),
        ("10.9.9.9", 9, "is not public"),
        ("[fd12::1]", 9, "is not public"),
        ("100.64.0.1", 9, "is not public"),
        ("bad.example.com", 443, "denied by policy"),
        ("x.evil.test", 9, "denied by policy"),
    ],
)
def test_all_else_is_refused_with_what_would_allow_it(host: str, port: int, words: str):
    refusal = GRANTED.judge(host, port)
    assert isinstance(refusal, Refusal)
    assert words in str(refusal)


NEVER = [
    "169.254.169.254", "169.254.0.1", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "[::]",
    "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "[ff02::1]", "168.63.129.16", "100.100.100.200",
    "192.0.0.192", "[2002:7f00:1::]", "[64:ff9b::169.254.169.254]", "[64:ff9b::127.0.0.1]", "[::127.0.0.1]",
    "[2001:0:7f00:1::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", NEVER)
def test_no_grant_opens_link_local_metadata_multicast_and_disguises(host: str):
    for hosts in (Hosts.of(["*", "*:80"]), Hosts.of(own=[f"{host}:80", f"http://{host}/v1", "*"])):
        refusal = hosts.judge(host, 80)
        assert isinstance(refusal, Refusal)
        assert (refusal.grant, "never allowed" in refusal.reason) == ("", True)


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "1.2.3.4.5", "127.0.0.1.", "a.1",
     "a.0x1", "", ".", "a..b", "-a.org", "a b", "a/b", "a@b", "a:b", "a%00b", "exämple.org", "[127.0.0.1]",
     "fe80::1%eth0", "[::1", "a" * 64 + ".org", "a." * 130, "\x00", "a\r\nb", "*", "*.a.org"],
)  # fmt: skip
def test_a_host_that_can_be_read_in_two_ways_is_none(host: str):
    assert normal(host) in ("", "127.0.0.1")
    if normal(host):
        assert host == "127.0.0.1."
    refusal = Hosts.of(["*"]).judge(host, 443)
    assert isinstance(refusal, Refusal)
    assert "\n" not in str(refusal)
    assert "\x00" not in str(refusal)


@pytest.mark.parametrize(
    "text", ["", "a b", "*.", "*.8.8.8.8", "a.*.b", "a:0", "a:65536", "a:x", "http://", "ftp://a/b", "http://a:x/"]
)
def test_a_grant_that_is_no_host_says_what_would_be_right(text: str):
    with pytest.raises(InvalidParams, match=r"write "):
        Hosts.of([text])


addresses = st.ip_addresses(v=4) | st.ip_addresses(v=6)


@given(addresses)
def test_private_addresses_need_a_grant_of_their_own_with_the_port(address: IPv4Address | IPv6Address):
    host = f"[{address}]" if address.version == 6 else str(address)
    everything = Hosts.of(["*", "*:7"], own=["*:7", "http://name.test:7/"])
    assert (everything.judge(host, 7) == []) is is_public(address)
    literal = Hosts.of(own=[f"{host}:7"]).judge(host, 7)
    assert literal in ([], [str(address)]) or (isinstance(literal, Refusal) and not literal.grant)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_within_another_is_judged_by_what_is_within(address: IPv4Address):
    assert not is_public(IPv6Address(f"::ffff:{address}"))
    assert is_public(IPv6Address(f"64:ff9b::{address}")) is is_public(address)


@given(st.text(max_size=40))
def test_any_text_is_a_host_in_its_one_form_or_none(text: str):
    known = normal(text)
    assert not known or normal(known) == known
    if known and not known.replace(":", "").replace(".", "").isalnum():
        assert set(known) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.:")
    host, port = split(text)
    assert 0 <= port < 65536
    assert not host or host in text


def test_one_address_that_is_not_public_spoils_the_name():
    assert behind("a.test", ["8.8.8.8", "8.8.4.4", "8.8.8.8"]) == ["8.8.8.8", "8.8.4.4"]
    assert behind("a.test", ["8.8.8.8", "10.0.0.1"]) == "a.test resolves to 10.0.0.1, which is not public"
    assert behind("a.test", ["fe80::1%2"]) == "a.test resolves to fe80::1%2, which is not public"
    assert behind("a.test", []) == "a.test resolves to nothing"


def test_the_public_internet_is_public():
    assert all(is_public(ip_address(each)) for each in ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"))
