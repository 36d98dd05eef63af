"""Settings as an endpoint, and what is said about those that cannot be used."""

import pytest
from lined import SERVICE
from lined import endpoint as end

from pegboard_sdk import InvalidParams, Setup, Unauthenticated
from pegboard_sdk.http import endpoint_from, is_configured


@pytest.mark.parametrize(
    ("url", "found", "query"),
    [
        ("https://api.example.com/v1/", "https://api.example.com/v1", ()),
        ("localhost:9999", "http://localhost:9999", ()),
        ("https://openrouter.ai/", "https://openrouter.ai", ()),
        ("http://[::1]:80/a/b", "http://[::1]:80/a/b", ()),
        ("https://x.azure.com/openai?api-version=2", "https://x.azure.com/openai", (("api-version", "2"),)),
    ],
)
def test_urls_of_many_forms(url, found, query):
    assert (end(url).url, end(url).query) == (found, query)


@pytest.mark.parametrize(
    "url", ["ftp://x/v1", "http://", "https://user:pw@x/v1", "http://x:99999/v1", "http://x:y/", "http://[::1"]
)
def test_a_url_that_cannot_be_used_is_quoted_with_the_name_of_the_setting(url):
    with pytest.raises(InvalidParams, match="base_url") as caught:
        end(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"idle_s": 0},
        {"idle_s": True},
        {"headers": 1},
        {"base_url": 1},
        {"proxy": 1, "base_url": "x"},
        {"ca_file": [], "base_url": "x"},
    ],
)
def test_a_setting_of_the_wrong_kind_is_named(settings):
    with pytest.raises(InvalidParams, match=next(iter(settings))):
        endpoint_from(SERVICE, Setup(settings=settings))


def test_the_service_itself_needs_a_key_and_says_where_it_goes():
    for url in ("", SERVICE.url, "http://models.example.org:80"):
        with pytest.raises(Unauthenticated, match=r"no key for https://models\.example\.org/v1: set MODEL_API_KEY"):
            end(url)
    assert end("", key=" sk-1\n").key == "sk-1"
    assert end().key == ""


def test_a_key_that_would_break_the_head_is_refused_without_being_shown():
    with pytest.raises(Unauthenticated) as caught:
        end(key="sk-geheim\r\nX: y")
    assert "geheim" not in str(caught.value)


def test_headers_are_texts():
    assert ("X-Title", "peg") in end(headers={"X-Title": "peg"}).headers
    for bad in ({"a b": "x"}, {"X": "y\r\nZ: 1"}, {"X": 1}):
        with pytest.raises(InvalidParams, match="headers"):
            end(headers=bad)


def test_the_key_is_hidden_where_a_server_quotes_it():
    assert end(key="sk-1").hidden("bad key sk-1!") == "bad key ⟦key⟧!"


def test_nothing_counts_as_configured_without_a_url_or_a_key():
    assert not is_configured(SERVICE, Setup())
    assert is_configured(SERVICE, Setup(settings={"base_url": "http://x"}))
    assert is_configured(SERVICE, Setup(secrets={SERVICE.key: "x"}))


def test_a_place_is_host_and_port_and_a_root_has_no_path():
    assert (end("http://[::1]:80/a/b").place, end("https://x/v1").root) == ("[::1]:80", "https://x")


def test_the_server_may_be_silent_as_long_as_the_setting_or_the_call_says():
    assert [end(idle_s=5).silence_s(left) for left in (None, 9.0, 2.0, 0.0)] == [5, 5, 2.0, 0.1]
