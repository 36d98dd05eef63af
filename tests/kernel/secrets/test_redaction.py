"""No secret comes out of a redactor, however it is spelled and in whatever pieces it comes; ordinary text does."""

import base64
import hashlib
import random
import subprocess
import uuid
from pathlib import Path

import planting
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard.secrets.redaction import MARK, Redactor
from pegboard.secrets.spelling import spellings

ROOT = Path(__file__).parents[3]
SECRET = "hunter-two/and+three"
values = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=8, max_size=40)


def in_pieces(redactor: Redactor, text: bytes, rng: random.Random) -> bytes:
    stream, given_out, at = redactor.stream(), b"", 0
    while at < len(text):
        size = rng.choice((1, 2, 3, 7, 20, 100))
        given_out += stream.feed(text[at : at + size])
        at += size
    return given_out + stream.close()


def leaks(secret: str, text: bytes) -> list[bytes]:
    """Every spelling of the secret that is in the text, white space aside."""
    folded = b"".join(text.split())
    return [spelling for spelling in spellings(secret) if spelling in folded]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("maker", planting.tokens(random.Random(0)))
def test_a_token_is_known_by_how_it_looks(maker: str, seed: int):
    rng = random.Random(f"{maker}{seed}")
    token = planting.tokens(rng)[maker]
    for text in (token, f"KEY={token}\n", f'"{token}", next', f"a {token} b\n{token}\n", f"1\t{token}"):
        for clean in (Redactor().redact(text), in_pieces(Redactor(), text.encode(), rng).decode()):
            assert "⟦secret:1⟧" in clean
            assert not [line for line in token.splitlines()[1:-1] or [token] if line in clean]


@pytest.mark.parametrize("kind", planting.in_context(random.Random(0)))
def test_a_secret_that_its_place_gives_away_is_hidden_and_its_place_is_not(kind: str):
    rng = random.Random(kind)
    secret, text = planting.in_context(rng)[kind]
    clean = Redactor().redact(text)
    assert secret not in clean
    assert clean == text.replace(secret, "⟦secret:1⟧").replace("⟧==", "⟧")
    assert in_pieces(Redactor(), text.encode(), rng).decode() == clean


@pytest.mark.parametrize("way", range(40))
def test_a_known_value_is_found_in_every_spelling_whole_and_in_pieces(way: int):
    rng = random.Random(way)
    secret = planting.chosen(rng, planting.LETTERS + "/+ %&\"'é-_", rng.choice((9, 14, 22, 60)))
    text = ("x = 1\n" + planting.encoded(rng, secret) + "\nend\n").encode()
    for clean in (Redactor([secret]).redact(text), in_pieces(Redactor([secret]), text, rng)):
        assert not leaks(secret, clean)
        assert clean.startswith(b"x = 1\n")
        assert clean.endswith(b"end\n")


@given(values, st.binary(max_size=20), st.binary(max_size=20), st.integers(0, 2**32))
@settings(max_examples=150)
def test_a_value_between_any_bytes_is_found_in_any_pieces(secret: str, before: bytes, after: bytes, seed: int):
    redactor = Redactor([secret])
    text = before + secret.encode() + after
    assert not leaks(secret, in_pieces(redactor, text, random.Random(seed)))
    coded = base64.b64encode(before + secret.encode() + after)
    assert not leaks(secret, in_pieces(redactor, coded, random.Random(seed)))


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(0, 2**32))
def test_what_holds_no_secret_comes_out_as_it_was(text: str, seed: int):
    redactor = Redactor([SECRET])
    assert redactor.redact(text) == text
    assert in_pieces(redactor, text.encode(), random.Random(seed)) == text.encode()


@given(
    st.lists(st.sampled_from([SECRET, SECRET[:6], SECRET[6:], "\n# ", "a b", "⟦secret:1⟧"]), max_size=12).map("".join)
)
def test_pieces_give_what_the_whole_gives(text: str):
    whole = Redactor([SECRET]).redact(text)
    assert in_pieces(Redactor([SECRET]), text.encode(), random.Random(1)).decode() == whole


@pytest.mark.parametrize("at", range(1, len(SECRET)))
@pytest.mark.parametrize("white", ["\n", " ", "\r\n"])
def test_of_a_wrapped_value_that_comes_byte_by_byte_no_more_than_seven_bytes_are_shown(at: int, white: str):
    text = f"x {SECRET[:at]}{white}{SECRET[at:]} y".encode()
    assert Redactor([SECRET]).redact(text).replace(white.encode(), b" ") in (
        b"x \xe2\x9f\xa6secret:1\xe2\x9f\xa7 \xe2\x9f\xa6secret:2\xe2\x9f\xa7 y",
        b"x \xe2\x9f\xa6secret:1\xe2\x9f\xa7 y",
    )
    stream = Redactor([SECRET]).stream()
    clean = b"".join([stream.feed(text[k : k + 1]) for k in range(len(text))] + [stream.close()])
    shown = MARK.sub("", clean.decode()).replace(white, "")
    assert len(shown) <= len("x  y") + 7


def test_the_same_text_has_the_same_mark_and_another_has_another():
    redactor = Redactor([SECRET, "another-value"])
    first = redactor.redact(f"{SECRET} another-value {SECRET}")
    assert first == "⟦secret:1⟧ ⟦secret:2⟧ ⟦secret:1⟧"
    assert redactor.redact("another-value") == "⟦secret:2⟧"
    redactor.learn("third-value")
    assert redactor.redact(f"third-value {SECRET}") == "⟦secret:3⟧ ⟦secret:1⟧"


def test_a_line_that_is_over_is_given_out_at_once():
    stream = Redactor([SECRET, "done-and-over"]).stream()
    assert stream.feed(b"collecting ... done\n") == b"collecting ... done\n"
    assert stream.feed(b"sk-") == b""
    assert stream.feed(b"learn is a library\n") == b"sk-learn is a library\n"
    assert stream.feed(SECRET[:5].encode()) == b""
    assert stream.feed(b"band\n") == SECRET[:5].encode() + b"band\n"


def test_a_key_of_many_lines_keeps_its_lines_and_their_numbers():
    key = planting.pem(random.Random(4)).splitlines()
    page = "".join(f"{number}\t{line}\n" for number, line in enumerate(["x = 1", *key, "y = 2"], 1))
    redactor = Redactor()
    clean = redactor.of("files").redact(page).splitlines()
    assert [line.split("\t")[0] for line in clean] == [str(number) for number in range(1, len(key) + 3)]
    assert (clean[0], clean[-1]) == ("1\tx = 1", f"{len(clean)}\ty = 2")
    assert not [line for line in key[1:-1] if line in "\n".join(clean)]
    shown = "\n".join(line.split("\t")[1] for line in clean[1:-1])
    assert redactor.of("files").reveal(shown).splitlines()[1:-1] == key[1:-1]


def test_only_who_showed_a_secret_is_told_it_again():
    redactor = Redactor([SECRET])
    text = redactor.of("files").redact(f"KEY={SECRET}")
    assert redactor.of("files").reveal(text) == f"KEY={SECRET}"
    assert redactor.of("another").reveal(text) == text
    assert redactor.of("files").reveal("⟦secret:7⟧") == "⟦secret:7⟧"


def test_a_short_value_is_not_looked_for():
    assert Redactor(["short"]).redact("short is no secret") == "short is no secret"


# Ordinary text.

ORDINARY = [
    "token = get_token_now()",
    "password = os.environ['DB_PASSWORD']",
    "api_key: str = settings.api_key",
    'headers = {"Authorization": f"Bearer {token}"}',
    "sk-toggleable__content-arrow-label sk-estimator-doc-link",
    "npm_config_registry_of_this_very_long_name_here npm_lifecycle_event",
    "hf_hub_download hf_transfer_enabled_by_default_everywhere_now",
    "https://user:password@example.org https://${USER}:${PASS}@example.org postgres://{user}:{password}@{host}",
    "see https://example.org:8443/path@2x.png and mailto://a@b http://[::1]:80/@x",
    "if line.startswith('-----BEGIN PRIVATE KEY-----'): raise ValueError('-----END PRIVATE KEY----- is missing here')",
    "-----BEGIN CERTIFICATE-----\n" + "MIIB" * 16 + "\n-----END CERTIFICATE-----",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqfXHoUnAm3qJ8hC0Zb8yq2 someone@example",
    "SKIP AKIAlike ASIAN eyJust AIzanything SG.md MINORVERSION.number.of_the_thing_that_is_long_enough_here",
    "xoxo-hugs-and-kisses glpat- gho_st ghost_writer _ghp_",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str):
    assert Redactor().redact(text) == text


def test_hashes_identifiers_and_pictures_are_left_alone():
    rng = random.Random(5)
    rows = [
        (uuid.UUID(bytes=rng.randbytes(16)), hashlib.sha1(rng.randbytes(8)).hexdigest(), rng.randbytes(32).hex())
        for _ in range(2000)
    ]
    lock = "".join(f'name = "{one}"\nhash = "sha256:{three}"\ncommit {two}\nid {one.hex}\n' for one, two, three in rows)
    sums = "".join(f"sha512-{base64.b64encode(rng.randbytes(64)).decode()}\n" for _ in range(1000))
    picture = "data:image/png;base64," + base64.b64encode(rng.randbytes(300_000)).decode()
    for text in (lock, sums, picture):
        redactor = Redactor([SECRET])
        assert redactor.redact(text) == text


def test_the_files_of_this_repository_hold_no_secret():
    """Nor does any text say that it does, but for those of this test, which say what a mark looks like."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.split(b"\0")
    files = [ROOT / name.decode() for name in names if name] or sorted((ROOT / "kernel").rglob("*.py"))
    assert len(files) > 100
    found = {}
    for file in files:
        data = file.read_bytes() if file.is_file() else b""
        redactor = Redactor()
        if redactor.redact(data) != data:
            found[str(file.relative_to(ROOT))] = redactor.reveal("".join(f"⟦secret:{k}⟧ " for k in range(1, 6)))
    assert found == {}


def test_marks_are_recognised():
    assert [found[1] for found in MARK.finditer("⟦secret:1⟧ ⟦secret:x⟧ ⟦secret:42⟧")] == ["1", "42"]
