"""The table of keys is what is bound, and what the README says."""

import inspect
from collections import Counter
from pathlib import Path

from prompt_toolkit.keys import ALL_KEYS

from pegboard_terminal.actions import Actions
from pegboard_terminal.keys import KEYS, Place, table

README = Path(__file__).parents[3] / "plugins" / "terminal" / "README.md"


def test_the_readme_has_the_table() -> None:
    assert table() in README.read_text(), f"put this into {README.name}:\n{table()}"


def test_every_key_is_bound_to_something_that_exists_and_every_action_has_a_key() -> None:
    named = {key.action for key in KEYS if key.action}
    public = {name for name, _ in inspect.getmembers(Actions, inspect.isfunction) if not name.startswith("_")}
    assert named == public
    for key in KEYS:
        for keys in key.keys:
            assert all(len(each) == 1 or each in ALL_KEYS or each in {"enter", "tab"} for each in keys), key


def test_no_key_means_two_things_in_one_place() -> None:
    for place in Place:
        bound = Counter(keys for key in KEYS if key.place in {place, Place.ANYWHERE} for keys in key.keys)
        assert not [keys for keys, count in bound.items() if count > 1]
