"""What a plugin asks for is cut by every cap, and nothing is ever added."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.rights.granted import Cap, Granted, covers, granted, place_of
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.manifest import Capabilities

ROOTS = ["workspace", "/srv/data", "/srv", "/opt/x", "config:folder"]
NETS = ["*", "api.example.org", "*.example.org", "example.com", "config:base_url"]
SETTINGS = {"base_url": "http://127.0.0.1:11434/v1", "folder": "/srv/data/own"}


def grant(asked: Capabilities, *caps: Cap, **settings: Any) -> Granted:
    return granted(asked, caps=caps, folders=("/home/me/project",), settings=SETTINGS | settings)


def test_without_caps_all_that_is_asked_is_granted() -> None:
    asked = Capabilities(read=["workspace"], write=["/srv/data/"], net=["api.example.org"], exec=True, env=["LANG"])
    assert grant(asked) == Granted(
        read=("/home/me/project",), write=("/srv/data",), hosts=("api.example.org",), exec=True, env=("LANG",)
    )


def test_several_base_urls_are_granted_each_as_its_place() -> None:
    asked = Capabilities(net=["config:local"])
    urls = ["http://127.0.0.1:11434", "http://127.0.0.1:1234/v1", 7, "nonsense"]
    assert granted(asked, folders=("/w",), settings={"local": urls}).places == ("127.0.0.1:11434", "127.0.0.1:1234")
    assert granted(asked, folders=("/w",), settings={"local": urls}).hosts == ()


def test_a_base_url_is_granted_as_its_host_and_port_and_nothing_else() -> None:
    asked = Capabilities(net=["config:base_url"])
    assert grant(asked) == Granted(places=("127.0.0.1:11434",))
    assert grant(asked, base_url="https://models.example.org/v1").places == ("models.example.org:443",)


@pytest.mark.parametrize("url", ["", None, "no url", "http://", "http://host:99999", "file:///etc/passwd", 7])
def test_what_is_no_url_grants_nothing(url: object) -> None:
    assert place_of(url) == ""
    assert grant(Capabilities(net=["config:base_url"]), base_url=url) == Granted()


def test_a_cap_on_roots_lets_through_what_lies_below_it() -> None:
    asked = Capabilities(read=["/srv/data", "/srv-evil", "workspace"])
    assert grant(asked, Cap(read=("/srv",))).read == ("/srv/data",)


def test_a_plugin_that_asks_for_any_host_gets_what_the_caps_name() -> None:
    assert grant(Capabilities(net=["*"]), Cap(net=("a.org", "b.org")), Cap(net=("b.org",))).hosts == ("b.org",)
    assert grant(Capabilities(net=["*"]), Cap(net=("a.org", "b.org")), Cap(net=("*",))).hosts == ("a.org", "b.org")


def test_a_cap_on_hosts_covers_names_below_a_star() -> None:
    assert grant(Capabilities(net=["api.example.org", "example.org"]), Cap(net=("*.example.org",))).hosts == (
        "api.example.org",
    )


@pytest.mark.parametrize("root", ["relative", "~/x", "", "config", "/a/../etc/x"])
def test_a_root_that_could_mean_anything_is_an_error(root: str) -> None:
    with pytest.raises(InvalidParams, match="absolute path"):
        grant(Capabilities(read=[root]))


@pytest.mark.parametrize("value", ["relative", "", None, 5, "/a/../etc"])
def test_a_root_from_a_setting_that_is_no_path_grants_nothing(value: object) -> None:
    assert grant(Capabilities(write=["config:folder"]), folder=value) == Granted()


def test_covering_is_by_whole_labels() -> None:
    assert covers("*.example.org", "API.example.ORG.")
    assert not covers("*.example.org", "evilexample.org")
    assert not covers("example.org", "example.org.evil.com")


asked_things = st.builds(
    Capabilities,
    read=st.lists(st.sampled_from(ROOTS)),
    write=st.lists(st.sampled_from(ROOTS)),
    net=st.lists(st.sampled_from(NETS)),
    exec=st.booleans(),
    env=st.lists(st.sampled_from(["A", "B"])),
    secrets=st.lists(st.sampled_from(["A", "B"])),
)
some_caps = st.builds(
    Cap,
    read=st.none() | st.lists(st.sampled_from(ROOTS)).map(tuple),
    write=st.none() | st.lists(st.sampled_from(ROOTS)).map(tuple),
    net=st.none() | st.lists(st.sampled_from(NETS)).map(tuple),
    exec=st.booleans(),
    env=st.none() | st.lists(st.sampled_from(["A", "B"])).map(tuple),
)


@given(asked_things, st.lists(some_caps, max_size=2), some_caps)
def test_a_further_cap_never_grants_more(asked: Capabilities, caps: list[Cap], more: Cap) -> None:
    before, after = grant(asked, *caps), grant(asked, *caps, more)
    for field in ("read", "write", "env", "secrets", "places"):
        assert set(getattr(after, field)) <= set(getattr(before, field))
    assert after.exec <= before.exec
    assert all(any(covers(pattern, host) for pattern in before.hosts) for host in after.hosts)
