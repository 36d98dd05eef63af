import os
import stat
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.cli.editing import set_value, unset_value, validate
from pegboard.cli.rewriting import with_value, without
from pegboard.config import ConfigInvalid
from pegboard.config.lines import line_of
from pegboard.config.source import dotted, key_path

FILE = """\
# my settings
model = "fast"  # the quick one

[limits]
max_turns = 20   # enough

# the models
[models.fast]
model = "gpt # not a comment"
params = { temperature = 0.5 }
headers = {
}

[permissions]
allow = [
    "bash(git status)",  # safe
    "bash(ls)",
]
"""
FILE = FILE.replace("headers = {\n}\n", "")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config" / "config.toml"
    path.parent.mkdir()
    path.write_text(FILE)
    return path


def test_a_value_is_replaced_where_it_stands(path):
    set_value(path, "limits.max_turns", "30")
    assert path.read_text() == FILE.replace("max_turns = 20   # enough", "max_turns = 30  # enough")


def test_a_new_value_goes_into_its_table(path):
    set_value(path, "limits.budget_usd", "2.5")
    assert path.read_text() == FILE.replace("# enough\n", "# enough\nbudget_usd = 2.5\n")


def test_a_new_value_at_the_top_goes_above_the_tables(path):
    set_value(path, "mode", "plan")
    assert path.read_text() == FILE.replace("the quick one\n", 'the quick one\nmode = "plan"\n')


def test_a_new_table_goes_to_the_end(path):
    set_value(path, "plugin.shell.timeout", "5")
    assert path.read_text() == FILE + "\n[plugin.shell]\ntimeout = 5\n"


def test_a_value_of_several_lines_is_replaced_whole(path):
    set_value(path, "permissions.allow", '["bash(make)"]')
    assert tomllib.loads(path.read_text())["permissions"] == {"allow": ["bash(make)"]}
    assert path.read_text().startswith(FILE.partition("[permissions]")[0])


def test_a_file_is_made_private_when_there_is_none(tmp_path):
    path = tmp_path / "new" / "config.toml"
    set_value(path, "model", "openai/gpt-4.1")
    assert path.read_text().strip() == 'model = "openai/gpt-4.1"'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_link_to_the_file_stays_a_link(path, tmp_path):
    real = tmp_path / "dotfiles.toml"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)
    set_value(path, "mode", "edit")
    assert path.is_symlink()
    assert 'mode = "edit"' in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("limits.max_turns", "9x", "expected `int"),
        ("limits.max_turn", "9", "did you mean limits.max_turns"),
        ("mode", "level 9", "invalid enum value"),
        ("models.fast.params.temperature", "1", "change it with an editor"),
        ("plugin.github.token", "abc", "looks like a secret"),
        ("plugin.github.url", "ghp_abc", "looks like a secret"),
        ("limits", "3", "change it with an editor"),
        ("model.deep", "3", "model is a value and not a table"),
        ("", "3", "is not a key"),
    ],
)
def test_what_would_not_load_is_not_written(path, key, value, message):
    with pytest.raises(ConfigInvalid, match=message):
        set_value(path, key, value)
    assert path.read_text() == FILE
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_value_is_taken_out_and_comments_stay(path):
    unset_value(path, "limits.max_turns")
    unset_value(path, "permissions.allow")
    assert tomllib.loads(path.read_text()) == {
        "model": "fast",
        "limits": {},
        "models": {"fast": {"model": "gpt # not a comment", "params": {"temperature": 0.5}}},
        "permissions": {},
    }
    assert "# the models" in path.read_text()
    with pytest.raises(ConfigInvalid, match="not set there"):
        unset_value(path, "limits.max_turns")


def test_a_file_with_faults_can_be_repaired_one_by_one(path):
    path.write_text("a = 1\nb = 2\n")
    unset_value(path, "a")
    assert validate(path) == [f"{path}:1: unknown key b; known here: {', '.join(sorted(KNOWN))}"]
    unset_value(path, "b")
    assert validate(path) == []


KNOWN = [
    "model",
    "providers",
    "mode",
    "autonomy",
    "models",
    "limits",
    "permissions",
    "plugins",
    "plugin",
    "journal",
    "frontend",
]


def test_validate_tells_every_problem_with_its_line(path):
    assert validate(path) == []
    path.write_text(FILE + "ask = 3\n")
    assert [problem.split(": ")[0] for problem in validate(path)] == [f"{path}:17"]
    path.write_text(FILE + "asks = 3\n[plugins]\ndisable = []\n")
    assert [problem.split(": ")[0] for problem in validate(path)] == [f"{path}:17", f"{path}:19"]
    path.unlink()
    assert validate(path) == []


def test_dotted_keys_and_quoted_keys_are_found():
    text = 'limits.max_turns = 1\n"a = b".c = 2 # = 3\n[x."y.z"]\n\'k\' = """\n[no.header]\n"""\nafter = 1\n'
    assert line_of(text, ("limits", "max_turns")) == 1
    assert line_of(text, ("a = b", "c")) == 2
    assert line_of(text, ("x", "y.z", "k")) == 4
    assert line_of(text, ("x", "y.z", "after")) == 7
    assert tomllib.loads(with_value(text, ("limits", "tokens"), 5))["limits"] == {"max_turns": 1, "tokens": 5}
    assert tomllib.loads(with_value(text, ("x", "y.z", "k"), 5))["x"]["y.z"] == {"k": 5, "after": 1}


NAMES = st.sampled_from(["a", "b", "c d", "ü", "x.y", 'q"', "=", "#", "a-b_1"])
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(NAMES, SCALARS, max_size=2))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3).map(tuple), VALUES), max_size=6))
def test_what_was_set_is_what_the_file_says(changes):
    text, expected = FILE, tomllib.loads(FILE)
    for path, value in changes:
        try:
            text = with_value(text, path, value)
        except ConfigInvalid:
            continue
        inner = expected
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
        assert tomllib.loads(text) == expected
        assert all(comment in text for comment in ("# my settings", "# the quick one", "# the models", "# safe"))
    for path, _ in changes:
        try:
            text = without(text, path)
        except ConfigInvalid:
            continue
        tomllib.loads(text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), min_size=1, max_size=3))
def test_a_key_reads_back(parts):
    assert key_path(dotted(tuple(parts))) == tuple(parts)
