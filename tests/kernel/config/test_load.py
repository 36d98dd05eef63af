import os
import subprocess
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.cli import settings as cli_settings
from pegboard.cli.listing import get, listed
from pegboard.cli.trusting import project_of
from pegboard.config import ConfigInvalid, Layer, PolicyBroken
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places
from pegboard.policy import Trust
from pegboard_sdk.errors import NotFound


@pytest.fixture
def places(tmp_path):
    named = {f"{kind}": tmp_path / kind for kind in ("config", "data", "state", "cache", "runtime")}
    return Places(**named, managed=tmp_path / "policy.toml", owner=os.geteuid(), top=tmp_path)


def load_config(places, environ, sets=(), *, workspace=None, trusted=False):
    """As a run in a folder does it, trusted or not."""
    project = project_of(workspace, Trust(places.state).once(workspace)) if workspace and trusted else None
    return cli_settings.load_config(places, environ, sets, project=project)


@pytest.fixture
def write(places, tmp_path):
    def write(user="", project="", policy=""):
        for path, text in (
            (places.user_config, user),
            (tmp_path / "work" / ".pegboard" / "config.toml", project),
            (places.managed, policy),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            if text:
                path.write_text(text)
        return tmp_path / "work"

    return write


def test_without_any_file_the_defaults_hold(places):
    config = load_config(places, {})
    assert config.settings.mode == "ask"
    assert config.settings.limits.max_turns == 250
    assert config.cap is Mode.FULL
    assert {one.source.layer for one in listed(config)} == {Layer.DEFAULT}
    assert not places.config.exists()


def test_later_layers_win_and_say_so(places, write):
    work = write(
        user='model = "a"\n[limits]\nmax_turns = 100\nbudget_usd = 5\n[models.a]\nbase_url = "http://localhost:1"\n',
        project="[limits]\nmax_turns = 50\n",
    )
    config = load_config(
        places, {"PEGBOARD_MODEL": "b", "PEGBOARD_LIMITS_BUDGET_USD": "3"}, ["limits.budget_usd=4"],
        workspace=work, trusted=True,
    )  # fmt: skip
    assert config.settings.model == "b"
    assert (config.settings.limits.max_turns, config.settings.limits.budget_usd) == (50, 4.0)
    assert config.settings.models["a"].provider == "openai"
    assert str(config.provenance["model"]) == "environment (PEGBOARD_MODEL)"
    assert str(config.provenance["limits.budget_usd"]) == "flag (--set limits.budget_usd)"
    assert config.provenance["limits.max_turns"].layer is Layer.PROJECT
    assert config.provenance["models.a.base_url"].layer is Layer.USER
    assert config.provenance["mode"].layer is Layer.DEFAULT


def test_rules_of_all_layers_add_up_with_their_sources(places, write):
    work = write(
        user='[permissions]\nallow = ["bash(git status)"]\ndeny = ["Read(.env)"]\n',
        project='[permissions]\ndeny = ["bash(rm *)"]\nask = ["web_fetch"]\n',
        policy='[permissions]\ndeny = ["bash(curl *)"]\n',
    )
    config = load_config(places, {}, ["permissions.allow=bash(ls)"], workspace=work, trusted=True)
    assert [(rule.text, rule.verdict, rule.source.layer) for rule in config.rules] == [
        ("bash(git status)", Verdict.ALLOW, Layer.USER),
        ("Read(.env)", Verdict.DENY, Layer.USER),
        ("bash(rm *)", Verdict.DENY, Layer.PROJECT),
        ("web_fetch", Verdict.ASK, Layer.PROJECT),
        ("bash(ls)", Verdict.ALLOW, Layer.FLAG),
        ("bash(curl *)", Verdict.DENY, Layer.MANAGED),
    ]
    assert config.settings.permissions.deny == ("Read(.env)", "bash(rm *)", "bash(curl *)")
    assert str(places.user_config) in config.provenance["permissions.deny"].where
    assert str(places.managed) in config.provenance["permissions.deny"].where


def test_the_project_is_not_even_opened_before_trust(places, write, tmp_path):
    work = write(project="this is not TOML")
    assert load_config(places, {}, workspace=work).settings.mode == "ask"
    with pytest.raises(ConfigInvalid, match="not TOML"):
        load_config(places, {}, workspace=work, trusted=True)
    script = (
        "import sys; from pathlib import Path; from pegboard.cli.settings import load_config;"
        "from pegboard.cli.trusting import taken_from, project_of; from pegboard.places import Places;"
        "from pegboard.policy import Trust; work = Path(sys.argv[1]);"
        "places = Places.from_environ({f'PEGBOARD_{k}_DIR': '/nowhere' for k in "
        "('CONFIG', 'DATA', 'STATE', 'CACHE', 'RUNTIME')});"
        "opened = []; sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None);"
        "obeyed = taken_from(work, Trust(places.state), accept=False, person=False).obeyed;"
        "load_config(places, {}, project=project_of(work, obeyed));"
        "sys.exit(any('.pegboard' in name for name in opened))"
    )
    subprocess.run([sys.executable, "-c", script, work], check=True, timeout=60)


@pytest.mark.parametrize(
    "text",
    [
        '[permissions]\nallow = ["bash(*)"]\n',
        '[models.x]\nbase_url = "http://evil"\n',
        '[plugins]\ndirectories = ["./evil"]\n',
        '[plugin.mcp]\ncommand = "evil"\n',
        "[journal]\nhead_bytes = 1\n",
    ],
)
def test_a_project_may_only_narrow(places, write, text):
    work = write(project=text)
    with pytest.raises(ConfigInvalid, match=r"config\.toml:2: a project may only narrow"):
        load_config(places, {}, workspace=work, trusted=True)


def test_what_a_project_would_widen_is_left_out_with_a_warning(places, write):
    work = write(user='mode = "ask"\n[limits]\nmax_turns = 10\n', project='mode = "full"\n[limits]\nmax_turns = 11\n')
    config = load_config(places, {}, workspace=work, trusted=True)
    assert (config.settings.mode, config.settings.limits.max_turns) == ("ask", 10)
    assert len(config.warnings) == 2
    assert config.provenance["mode"].layer is Layer.USER
    work = write(project='mode = "plan"\n[limits]\nmax_turns = 9\nseconds = 60\n')
    config = load_config(places, {}, workspace=work, trusted=True)
    assert (config.settings.mode, config.settings.limits.max_turns, config.settings.limits.seconds) == ("plan", 9, 60)
    assert config.warnings == ()


def test_policy_caps_whatever_is_asked_and_says_so(places, write):
    write(
        user='mode = "auto"\n[limits]\nbudget_usd = 3\n',
        policy='mode = "edit"\n[limits]\nbudget_usd = 2\nmax_turns = 300\n',
    )
    config = load_config(places, {}, ["mode=full"])
    assert config.settings.mode == "edit"
    assert config.cap is Mode.EDIT
    assert (config.settings.limits.budget_usd, config.settings.limits.max_turns) == (2, 250)
    assert config.provenance["mode"].layer is Layer.MANAGED
    assert any("flag (--set mode): mode is wider than policy allows; it is edit" in one for one in config.warnings)
    assert len(config.warnings) == 2


def test_policy_never_raises(places, write):
    write(user='mode = "plan"\n[limits]\nbudget_usd = 1\n', policy='mode = "auto"\n[limits]\nbudget_usd = 5\n')
    config = load_config(places, {})
    assert (config.settings.mode, config.settings.limits.budget_usd) == ("plan", 1)
    assert config.warnings == ()


MODES = st.sampled_from(["", "plan", "ask", "edit", "auto", "full"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.tuples(MODES, MODES, MODES, MODES))
def test_no_combination_is_wider_than_policy_and_no_project_widens(places, tmp_path, modes):
    user, project, flag, policy = modes

    def line(mode):
        return f'mode = "{mode}"\n' if mode else ""

    work = tmp_path / "work"
    for path, mode in ((places.user_config, user), (work / ".pegboard/config.toml", project), (places.managed, policy)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(line(mode))
    config = load_config(places, {}, [f"mode={flag}"] if flag else [], workspace=work, trusted=True)
    below = Mode[(user or "ask").upper()]
    chosen = Mode[flag.upper()] if flag else min(below, Mode[(project or "full").upper()])
    assert Mode[config.settings.mode.upper()] is min(chosen, Mode[(policy or "full").upper()])
    assert config.cap is Mode[(policy or "full").upper()]


@pytest.mark.parametrize(
    "text", ["not toml", 'mode = "emperor"\n', "mod = 1\n", "schema = 2\n", "[limits]\nmax_turns = 0\n", "mode = 3\n"]
)
def test_a_broken_policy_stops_everything(places, write, text):
    write(policy=text)
    with pytest.raises(PolicyBroken, match="nothing runs"):
        load_config(places, {})


def test_a_policy_that_is_not_a_file_stops_everything(places):
    places.managed.mkdir()
    with pytest.raises(PolicyBroken):
        load_config(places, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\nmodl = "x"\n', r"config\.toml:2: unknown key modl; did you mean model\?"),
        (
            "[limits]\n# why\nmax_turn = 3\n",
            r"config\.toml:3: unknown key limits\.max_turn; did you mean limits\.max_turns\?",
        ),
        ("max_turns = 3\n", r":1: unknown key max_turns; did you mean limits\.max_turns\?"),
        ("[limts]\nmax_turns = 3\n", r":1: unknown key limts; did you mean limits\?"),
        ("limits.zzz = 3\n", r":1: unknown key limits\.zzz; known here: budget_usd, max_turns, seconds, tokens"),
        ('[models."gpt-4.1"]\nurl = "x"\n', r':2: unknown key models\."gpt-4\.1"\.url'),
        ("[limits]\nmax_turns = 'many'\n", r":2: limits\.max_turns: expected `int \| null`, got `str`"),
        ("[limits]\n\nmax_turns = 0\n", r":3: limits\.max_turns: expected `int` >= 1"),
        ('mode = "god"\n', r":1: mode: invalid enum value 'god'"),
        ("limits = 3\n", r":1: limits: expected `object`"),
        ("mode = \n", r"not TOML: .*line 1"),
        ('[models.x]\napi_key = "abc"\n', r":2: models\.x\.api_key looks like a secret|unknown key models\.x\.api_key"),
        ('[models.x.headers]\nAuthorization = "abc"\n', r":2: models\.x\.headers\.Authorization looks like a secret"),
        ('[plugin.jira]\nurl = "sk-abcdef"\n', r":2: plugin\.jira\.url looks like a secret"),
        ("[plugin.x]\nbig = 99999999999999999999999\n", "cannot be passed on"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_would_be_right(places, write, text, message):
    write(user=text)
    with pytest.raises(ConfigInvalid, match=message) as caught:
        load_config(places, {})
    assert "sk-abcdef" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ['[models.x]\napi_key_env = "KEY"\n[models.x.params]\nmax_tokens = 5\n', "[limits]\ntokens = 5\n"]
)
def test_what_only_sounds_like_a_secret_is_none(places, write, text):
    write(user=text)
    assert load_config(places, {}).settings


def test_all_problems_are_told_at_once(places, write):
    write(user="a = 1\nb = 2\n[limits]\nc = 3\n")
    with pytest.raises(ConfigInvalid) as caught:
        load_config(places, {})
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("mode", "write KEY=VALUE"),
        ("mode=god", "--set mode: mode: invalid enum value 'god'"),
        ("modl=x", "--set modl: unknown key modl; did you mean model"),
        ("limits..x=1", "is not a key"),
        ('models."x=1', "not TOML"),
        ("plugin.x.token=abc", "looks like a secret"),
        ("limits.max_turns.deep=1", "expected"),
    ],
)
def test_a_bad_flag_is_told(places, flag, message):
    with pytest.raises(ConfigInvalid, match=message):
        load_config(places, {}, [flag])


def test_flags_take_json_or_plain_text(places):
    flags = [
        'plugin.x={"a": [1, 2]}',
        "model=123",
        "plugins.disabled=hello",
        'models."a.b".context=7',
        "plugin.y.on=true",
    ]
    config = load_config(places, {}, flags)
    assert config.settings.plugin == {"x": {"a": [1, 2]}, "y": {"on": True}}
    assert config.settings.model == "123"
    assert config.settings.plugins.disabled == ("hello",)
    assert config.settings.models["a.b"].context == 7
    assert config.provenance['models."a.b".context'].layer is Layer.FLAG


def test_variables_set_plain_values_and_grant_nothing(places):
    environ = {
        "PEGBOARD_MODE": "plan",
        "PEGBOARD_PERMISSIONS_ALLOW": "bash(*)",
        "PEGBOARD_PLUGIN": "1",
        "PEGBOARD_MODEL": "",
    }
    config = load_config(places, environ)
    assert config.settings.mode == "plan"
    assert config.rules == ()
    with pytest.raises(ConfigInvalid, match=r"PEGBOARD_LIMITS_MAX_TURNS: limits\.max_turns: expected"):
        load_config(places, {"PEGBOARD_LIMITS_MAX_TURNS": "many"})


def test_get_answers_for_values_and_tables(places, write):
    write(user='[models.fast]\nmodel = "m"\n')
    config = load_config(places, {})
    assert get(config, "models.fast.model") == "m"
    assert get(config, "limits")["max_turns"] == 250
    for key, message in (
        ("modl", "did you mean model"),
        ("limits.max_turn", "did you mean limits.max_turns"),
        ("models.slow", "models.slow is not set"),
    ):
        with pytest.raises(NotFound, match=message):
            get(config, key)


def test_a_pipe_in_the_place_of_a_file_does_not_hang(places):
    places.config.mkdir()
    os.mkfifo(places.user_config)
    done = []

    def load():
        with pytest.raises(ConfigInvalid, match="not a file"):
            load_config(places, {})
        done.append(True)

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    thread.join(30)
    assert done


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"x" * (2 << 20),
        b"plugin.x" + b".a" * 2_000 + b" = 1",
        b"plugin.x.a = " + b"[" * 50_000,
        b"plugin.x.a = " + b"9" * 10_000,
        b"a" * 1000 + b"=" * 1000,
        b"\x00",
        b"[plugin.x]\na = 1\na = 2\n",
    ],
)
def test_a_hostile_file_is_refused_in_words(places, data):
    places.config.mkdir()
    places.user_config.write_bytes(data)
    with pytest.raises(ConfigInvalid, match=r"config\.toml"):
        load_config(places, {})


def test_a_byte_order_mark_is_no_fault(places):
    places.config.mkdir()
    places.user_config.write_bytes(b'\xef\xbb\xbfmodel = "x"\r\n')
    assert load_config(places, {}).settings.model == "x"


KEYS = st.sampled_from(
    ["model", "mode", "limits", "max_turns", "permissions", "allow", "plugin", "x", "models", "", "api_key", "ü", "a.b"]
)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["ask", "sk-1"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def as_toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {as_toml(one)}' for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(sign):08x}" for sign in value if not 0xD800 <= ord(sign) < 0xE000) + '"'
    return '""' if value is None else repr(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.text(max_size=20), max_size=2))
def test_any_file_and_any_flag_load_or_are_refused_in_words(places, data, flags):
    places.config.mkdir(exist_ok=True)
    places.user_config.write_text("".join(f'"{key}" = {as_toml(value)}\n' for key, value in data.items()))
    try:
        config = load_config(places, {}, flags)
    except ConfigInvalid:
        return
    assert all(one.key in config.provenance or one.key.startswith(("models.", "plugin.")) for one in listed(config))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_as_policy_is_obeyed_or_stops(places, text):
    places.managed.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        config = load_config(places, {}, ["mode=full"])
    except PolicyBroken:
        return
    assert config.cap is Mode.FULL
