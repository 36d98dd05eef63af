"""However a text is cut on its way, its blocks are the same, each is given once, and none of it is lost."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_terminal.blocks import LONGEST, PIECE, Block, Blocks

TEXT = """# Title
Some text
that goes on

- one
- two
  - deeper

  still two
- three

1. first
   ```python
   x = 1
   ```
2. second

| a | b |
|---|---|
| 1 | 2 |

```python
def f():

    return 1
```
The end
"""


def blocks_of(*pieces: str) -> list[Block]:
    blocks = Blocks()
    return [block for piece in pieces for block in blocks.feed(piece)] + blocks.finish()


@given(st.lists(st.integers(0, len(TEXT)), max_size=30))
def test_any_cutting_gives_the_same_blocks(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(TEXT)]
    assert blocks_of(*[TEXT[a:b] for a, b in itertools.pairwise(edges)]) == blocks_of(TEXT)


@given(st.text(alphabet="ab -*#`~|>1.\n\t", max_size=200))
def test_no_word_is_lost(text: str) -> None:
    given_back = "".join(block.text for block in blocks_of(text))
    assert (
        [letter for letter in given_back if letter in "ab"] == [letter for letter in text if letter in "ab"]
        or "`" in text
        or "~" in text
    )


def test_blocks_are_what_a_reader_would_call_them() -> None:
    texts = [block.text for block in blocks_of(TEXT)]
    assert texts == [
        "# Title",
        "Some text\nthat goes on",
        "- one",
        "- two\n  - deeper\n\n  still two",
        "- three",
        "1. first\n   ```python\n   x = 1\n   ```",
        "2. second",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "def f():\n\n    return 1",
        "The end",
    ]


def test_items_of_a_list_join_and_paragraphs_do_not() -> None:
    assert [block.joined for block in blocks_of("- a\n- b\n\ntext\n\nmore")] == [True, True, False, False]


def test_a_fence_comes_in_pieces_that_know_what_was_before() -> None:
    lines = [f"line {number}" for number in range(PIECE * 2 + 3)]
    first, second, third = blocks_of("~~~c\n" + "\n".join(lines) + "\n~~~\n")
    assert "\n".join([first.text, second.text, third.text]) == "\n".join(lines)
    assert (first.context, second.context) == ("", first.text)
    assert {first.language, second.language, third.language} == {"c"}
    assert (second.joined, third.joined) == (True, True)


def test_what_is_open_is_what_would_come_if_it_ended_here() -> None:
    blocks = Blocks()
    assert blocks.feed("done\n\nnot yet") == [Block("done", joined=True)]
    assert blocks.open == Block("not yet")
    assert blocks.finish() == [Block("not yet")]
    assert blocks.open is None


@pytest.mark.parametrize("text", ["x" * (3 * LONGEST), "word " * LONGEST, "- " + "word\n  " * LONGEST])
def test_a_block_that_does_not_end_is_cut(text: str) -> None:
    found = blocks_of(*[text[at : at + 100] for at in range(0, len(text), 100)])
    assert max(len(block.text) for block in found) <= 2 * LONGEST
    assert "".join("".join(block.text.split()) for block in found) == "".join(text.split())
