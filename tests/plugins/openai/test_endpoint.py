"""Settings as an endpoint, and what is said about those that cannot be used."""

import pytest

from pegboard_openai.endpoint import Proxy, endpoint_from, is_configured
from pegboard_sdk import InvalidParams, Setup, Unauthenticated


def end(url="http://localhost:8080/v1", *, environ=None, key="", **settings):
    secrets = {"OPENAI_API_KEY": key} if key else {}
    return endpoint_from(Setup(settings={"base_url": url, **settings}, secrets=secrets), environ or {})


@pytest.mark.parametrize(
    ("url", "secure", "host", "port", "target"),
    [
        ("https://api.example.com/v1/", True, "api.example.com", 443, "/v1/models"),
        ("http://127.0.0.1:11434/v1", False, "127.0.0.1", 11434, "/v1/models"),
        ("localhost:8080", False, "localhost", 8080, "/models"),
        ("http://[::1]:80/a/b", False, "::1", 80, "/a/b/models"),
        ("https://x.azure.com/openai?api-version=2", True, "x.azure.com", 443, "/openai/models?api-version=2"),
    ],
)
def test_urls_of_many_forms(url, secure, host, port, target):
    found = end(url)
    assert (found.secure, found.host, found.port, found.target("models")) == (secure, host, port, target)


@pytest.mark.parametrize(
    "url", ["ftp://x/v1", "http://", "https://user:pw@x/v1", "http://x:99999/v1", "http://x:y/", "http://[::1"]
)
def test_a_url_that_cannot_be_used_is_quoted_with_the_name_of_the_setting(url):
    with pytest.raises(InvalidParams, match="base_url") as caught:
        end(url)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("settings", [{"idle_s": 0}, {"idle_s": True}, {"headers": 1}, {"base_url": 1}])
def test_a_setting_of_the_wrong_kind_is_named(settings):
    with pytest.raises(InvalidParams, match=next(iter(settings))):
        endpoint_from(Setup(settings=settings), {})


def test_openai_itself_needs_a_key_and_says_where_it_goes():
    with pytest.raises(Unauthenticated, match=r"OPENAI_API_KEY.*OPENAI_BASE_URL"):
        end("")
    assert dict(end("", key=" sk-1\n").headers)["Authorization"] == "Bearer sk-1"


def test_a_local_server_needs_no_key():
    assert "Authorization" not in dict(end().headers)


def test_a_key_that_would_break_the_head_is_refused_without_being_shown():
    with pytest.raises(Unauthenticated) as caught:
        end(key="sk-geheim\r\nX: y")
    assert "geheim" not in str(caught.value)


def test_headers_of_the_user_replace_ours_whatever_their_case():
    headers = end(key="sk-1", headers={"authorization": "Basic x", "X-Title": "peg"}).headers
    assert [value for name, value in headers if name.lower() == "authorization"] == ["Basic x"]
    assert ("X-Title", "peg") in headers
    for bad in ({"a b": "x"}, {"X": "y\r\nZ: 1"}, {"X": 1}):
        with pytest.raises(InvalidParams, match="headers"):
            end(headers=bad)


def test_the_key_is_hidden_where_a_server_quotes_it():
    assert end(key="sk-1").hidden("bad key sk-1!") == "bad key ⟦key⟧!"


def test_proxies_follow_the_usual_variables():
    environ = {"HTTPS_PROXY": "http://u%40x:p@proxy:3128", "no_proxy": "localhost, .inside.org", "ALL_PROXY": ""}
    assert end("https://api.org/v1", environ=environ).proxy == Proxy(host="proxy", port=3128, credentials="u@x:p")
    assert end("http://api.org/v1", environ=environ).proxy is None
    assert end("https://a.inside.org/v1", environ=environ).proxy is None
    assert end("https://api.org/v1", environ={**environ, "NO_PROXY": "*"}).proxy is None
    relayed = end("http://api.org:81/v1", environ={"all_proxy": "proxy:80"})
    assert relayed.target("models") == "http://api.org:81/v1/models"
    assert end("http://[::2]/v1", environ={"http_proxy": "proxy:80"}).target("models") == "http://[::2]:80/v1/models"
    with pytest.raises(InvalidParams, match="socks5"):
        end("https://api.org/v1", environ={"ALL_PROXY": "socks5://user:secret@p"})


def test_nothing_counts_as_configured_without_a_url_or_a_key():
    assert not is_configured(Setup())
    assert is_configured(Setup(settings={"base_url": "http://x"}))
    assert is_configured(Setup(secrets={"OPENAI_API_KEY": "x"}))
