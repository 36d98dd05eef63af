"""Manifests as text: cut and joined without loss, and written so that they are read back."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.sync.toml import blocks_of, with_key, written

SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**53), 2**53), st.text(), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.one_of(SCALARS, st.lists(st.text(max_size=40), max_size=8))

TABLES = st.lists(
    st.sampled_from(
        [
            "# a comment\n",
            "\n",
            '[[tool]]\nname = "a"\n',
            "[capabilities]\nenv = [\n  'A', # [x]\n]\n",
            "# above\n[run] # behind\nargv = ['[tool]']\n",
            'text = """\n[[tool]]\n"""\n',
        ]
    ),
    unique=True,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    found = tomllib.loads(f"key = {written(value)}\n")["key"]
    assert found == value


@given(TABLES)
def test_blocks_joined_are_the_text(parts: list[str]) -> None:
    text = "".join(sorted(parts, key=lambda part: part.lstrip("# above\n").startswith("[")))
    tomllib.loads(text)
    blocks = blocks_of(text)
    assert "".join(block.text for block in blocks) == text
    assert [block.name for block in blocks[1:]] == [key for key in tomllib.loads(text) if key != "text"]


@given(st.text())
def test_a_key_is_set_and_the_rest_stays(value: str) -> None:
    text = with_key('id = "a"\nversion = "1" # why\nwire = [1]\n', "version", value)
    assert tomllib.loads(text) == {"id": "a", "version": value, "wire": [1]}
    assert "# why" in text
    assert tomllib.loads(with_key(text, "summary", value))["summary"] == value
