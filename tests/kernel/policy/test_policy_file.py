"""The managed policy is obeyed whole or nothing runs: who wrote it, what is in it, and where it stands."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard.cli.policies import managed_policy_of, policy_of
from pegboard.cli.settings import load_config, policy_here, policy_in, roots_of
from pegboard.config import ConfigInvalid, PolicyBroken
from pegboard.gate.autonomy import of_level
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places
from pegboard.policy import Managed
from pegboard.rights.granted import Cap
from pegboard.sandbox.confinement import Tier
from pegboard.supply.check import Rules

Write = Callable[..., Path]

FULL = """\
schema = 1
mode = "edit"
autonomy = 2

[limits]
budget_usd = 5

[permissions]
deny = [
    "Read(.env)",  # never
    "bash(curl *)",
]
allow = ["bash(git status)"]

[sandbox]
required = true
tier = "T2"

[network]
allow = ["example.org", "packages.example.org"]
deny = ["evil.example.org"]

[plugins]
only_listed = true
dev = false

[plugins.allow.files]
version = "0.1.0"

[plugins.allow."acme.jira"]
version = "1.2.0"
publisher = "github:acme/jira"
wheel = { any = "0000000000000000000000000000000000000000000000000000000000000000" }
[plugins.allow."acme.jira".grant]
net = ["jira.example.org"]
exec = false

[channels]
disabled = ["bridge"]

[audit]
required = true
[[audit.anchor]]
kind = "syslog"

[trust]
below = ["/srv/work"]

[[test]]
tool = "read_file"
arguments = { path = ".env" }
mode = "full"
expect = "deny"
why = "credentials stay where they are"

[[test]]
tool = "bash"
arguments = { command = "git status" }
expect = "allow"
"""


def test_without_a_file_nothing_is_demanded(places: Places) -> None:
    loaded = policy_here(places)
    assert loaded.managed == Managed()
    assert (loaded.files, loaded.rules, loaded.cap) == ((), (), Mode.FULL)


def test_every_value_is_read_with_the_line_that_sets_it(places: Places, write: Write) -> None:
    path = write(FULL)
    loaded = policy_here(places)
    managed = loaded.managed
    assert (loaded.cap, managed.autonomy, managed.limits.budget_usd) == (Mode.EDIT, 2, 5)
    assert managed.sandbox.required
    assert managed.audit.anchor[0].kind == "syslog"
    for key, line in {
        "mode": 2, "limits.budget_usd": 6, "sandbox.required": 16, "network.allow": 20, "plugins.only_listed": 24,
        'plugins.allow."acme.jira".version': 31, "trust.below": 47, "audit.required": 42,
    }.items():  # fmt: skip
        assert loaded.where(key) == f"{path}:{line}", key
    assert [(rule.text, rule.verdict, rule.source.where) for rule in loaded.rules] == [
        ("Read(.env)", Verdict.DENY, f"{path}:10"),
        ("bash(curl *)", Verdict.DENY, f"{path}:11"),
        ("bash(git status)", Verdict.ALLOW, f"{path}:13"),
        ("WebFetch(domain:evil.example.org)", Verdict.DENY, f"{path}:21"),
    ]


def test_hosts_plugins_tiers_and_grants_are_answered_from_it(places: Places, write: Write) -> None:
    write(FULL)
    managed = policy_here(places).managed
    asked = ["example.org", "a.example.org", "EXAMPLE.org.", "evil.example.org", "x.evil.example.org", "other.net", ""]
    assert [managed.network.permits(host) for host in asked] == [True, True, True, False, False, False, False]
    plugins = managed.plugins
    assert [plugins.refusal(*one) for one in (("files", "0.1.0"), ("acme.jira", "1.2.0"))] == ["", ""]
    assert plugins.refusal("shell", "0.1.0") == "the policy of this machine does not list `shell`"
    assert plugins.refusal("acme.jira", "1.3.0").endswith("lists `acme.jira` 1.2.0, and this is 1.3.0")
    assert plugins.cap("acme.jira") == Cap(net=("jira.example.org",), exec=False)
    assert plugins.rules() == Rules(allowed={"files": (), "acme.jira": ()}, dev=False)
    assert [managed.sandbox.suffices(tier) for tier in Tier] == [True, True, True, True, False]
    assert Managed().network.permits("other.net")
    assert Managed().plugins.refusal("anything", "1") == ""
    assert Managed().plugins.rules() == Rules()
    assert Managed().sandbox.suffices(Tier.NONE)
    assert Managed().plugins.cap("files") == Cap()


HASH = "0" * 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mode = \n", r"policy\.toml: not TOML: .*line 1"),
        ("\nmood = 'ask'\n", r"policy\.toml:2: unknown key mood; did you mean mode\?"),
        ("[sandbox]\nforce = true\n", r":2: unknown key sandbox\.force; known here: required, tier"),
        ("required = true\n", r":1: unknown key required; did you mean sandbox\.required\?"),
        ('mode = "yolo"\n', r":1: mode: .*'yolo'; it is one of plan, ask, edit, auto, full"),
        ('[sandbox]\ntier = "T9"\n', r":2: sandbox\.tier: .*it is one of T1f, T1, T2, T3, T0"),
        ("autonomy = 6\n", r":1: autonomy: expected `int` <= 5"),
        ("schema = 2\n", r":1: schema: .*it is one of 1"),
        ('[permissions]\ndeny = [\n"bash(ls)",\n"bash(",\n]\n', r"policy\.toml:4: rule `bash\(`"),
        ('[network]\ndeny = ["https://x/y"]\n', r":1: network: .*is no host"),
        ("[audit]\nrequired = true\n", r":1: audit: it is required and names no anchor"),
        ('[[audit.anchor]]\nkind = "syslog"\n[[audit.anchor]]\nkind = "https"\n', r":3: .*begins with https://"),
        ('[[audit.anchor]]\nkind = "file"\npath = "x"\n', "absolute path"),
        ('[trust]\nbelow = ["work"]\n', r":2: .*trust.*matching regex"),
        ('[plugins.allow.x]\nwheel = {any = "12"}\n', r":2: .*matching regex"),
        ('[plugins.allow.x]\nhash = "12"\n', r":2: unknown key plugins\.allow\.x\.hash"),
        ('[[test]]\ntool = "bash"\nexpect = "deny"\n[[test]]\ntool = "bash"\nexpects = "deny"\n', r":6: unknown key"),
        ('[[test]]\ntool = "bash"\n[[test]]\nexpect = "maybe"\n', r"test\[0\]|:1: "),
        ('[plugins.allow.x]\nversion = "1"\n', r":1: plugins: what pins a plugin holds only with only_listed = true"),
        ('[plugin.x]\ntoken = "abc"\n', "unknown key plugin"),
    ],
)
def test_what_is_wrong_stops_everything_with_line_and_repair(
    places: Places, write: Write, text: str, said: str
) -> None:
    write(text)
    with pytest.raises(PolicyBroken, match=said) as caught:
        policy_here(places)
    assert "nothing runs" in caught.value.message
    with pytest.raises(PolicyBroken):
        load_config(places, {})


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ('tool = "read_file"\narguments = {path = "x"}\nexpect = "deny"', r'toml:4: read_file \{"path":"x"\} in mode'),
        ('tool = "read_fil"\nexpect = "deny"', r"toml:4: no tool `read_fil` .* known: apply_patch"),
        ('tool = "bash"\narguments = {command = "git log"}\nexpect = "allow"\nwhy = "we"', r"allow \(we\), and is "),
    ],
)  # fmt: skip
def test_a_test_that_does_not_hold_makes_the_policy_broken(places: Places, write: Write, test: str, said: str) -> None:
    write(f'[permissions]\ndeny = ["bash(git push *)"]\nask = ["bash(git log)"]\n[[test]]\n{test}\n')
    with pytest.raises(PolicyBroken, match=said):
        policy_here(places)


def test_tests_leave_nothing_behind_and_see_an_empty_workspace(
    places: Places, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    write('[[test]]\ntool = "write_file"\narguments = {path = "x"}\nmode = "edit"\nexpect = "allow"\n')
    assert len(policy_here(places).managed.test) == 1
    assert os.listdir(tmp_path / "tmp") == []


@pytest.mark.parametrize("what", ["file", "folder", "drop-in"])
def test_what_others_may_write_is_not_obeyed(places: Places, write: Write, what: str) -> None:
    path = write('mode = "ask"\n')
    drop_in = write('mode = "ask"\n', "10-a.toml")
    one = {"file": path, "folder": path.parent, "drop-in": drop_in}[what]
    policy_here(places)
    one.chmod(one.stat().st_mode | 0o002)
    with pytest.raises(PolicyBroken, match=rf"{one}: others than .* may write it; `chmod go-w {one}` repairs it"):
        policy_here(places)
    one.chmod(one.stat().st_mode & ~0o002 | 0o020)
    with pytest.raises(PolicyBroken, match="others than"):
        policy_here(places)


def test_a_file_of_somebody_else_is_not_obeyed(places: Places, write: Write, tmp_path: Path) -> None:
    path = write('mode = "ask"\n')
    other = replace(places, owner=os.geteuid() + 1)
    with pytest.raises(PolicyBroken, match=rf"{path}: belongs to user {os.geteuid()}; `chown {os.geteuid() + 1} "):
        policy_here(other)


def test_without_a_keeper_of_its_own_a_policy_has_to_be_roots_up_to_the_top(places: Places, write: Write) -> None:
    """The temporary folder of the tests is open to everybody, and so it is no place for a policy."""
    write('mode = "ask"\n')
    real = replace(places, owner=0, top=Path("/"))
    with pytest.raises(PolicyBroken, match="repairs it"):
        policy_here(real)


def test_where_a_link_leads_is_checked_as_well(places: Places, tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    (open_folder / "real.toml").write_text("")
    places.managed.symlink_to(open_folder / "real.toml")
    with pytest.raises(PolicyBroken, match=rf"{open_folder}: others than"):
        policy_here(places)


@pytest.mark.parametrize("what", ["dangling", "loop", "folder", "fifo", "binary", "huge", "parent"])
def test_what_is_no_policy_stops_everything(places: Places, what: str) -> None:
    path = places.managed
    if what == "dangling":
        path.symlink_to("nowhere.toml")
    elif what == "loop":
        path.symlink_to(path)
    elif what == "folder":
        path.mkdir(mode=0o755)
    elif what == "fifo":
        os.mkfifo(path, 0o644)
    elif what == "parent":
        path.parent.rmdir()
        path.parent.write_text("")
    else:
        path.write_bytes(b"\xff\xfe" if what == "binary" else b"#" * (1 << 21))
        path.chmod(0o644)
    with pytest.raises(PolicyBroken):
        policy_here(places)


def test_a_file_by_itself_is_read_whoever_wrote_it(places: Places, tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(FULL)
    draft.chmod(0o666)
    assert policy_in(draft, places).cap is Mode.EDIT
    with pytest.raises(PolicyBroken, match=r"missing\.toml"):
        policy_in(tmp_path / "missing.toml", places)


def test_the_policy_of_the_walk_through_is_one_that_holds(places: Places, tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "kernel/LOCKDOWN.md"
    draft = tmp_path / "draft.toml"
    text = page.read_text().partition("```toml\n")[2].partition("```")[0]
    draft.write_text(text)
    assert len(policy_in(draft, places).managed.test) == 3
    draft.write_text(text.replace('"bash(git push *)"]', "]").replace("ask = [", 'ask = ["bash(git push *)", '))
    with pytest.raises(PolicyBroken) as caught:
        policy_in(draft, places)
    said = caught.value.message.replace(str(draft), "draft.toml").partition(" about it")[0]
    assert said in " ".join(page.read_text().split())


def test_autonomy_caps_the_mode_and_the_level(places: Places, write: Write) -> None:
    path = write("autonomy = 2\n")
    config = load_config(places, {}, ["autonomy=5"])
    assert (config.settings.mode, config.settings.autonomy, config.cap) == ("edit", 2, Mode.EDIT)
    assert str(config.provenance["autonomy"]) == f"managed ({path}:1)"
    assert load_config(places, {}, ["mode=full"]).settings.mode == "edit"
    assert load_config(places, {}).settings.autonomy is None


def test_no_gate_opens_beyond_the_level_that_is_allowed(places: Places, write: Write) -> None:
    write("autonomy = 4\n")
    config = load_config(places, {}, ["autonomy=5"])
    assert policy_of(config).gates == of_level(4).gates
    assert policy_of(load_config(places, {}, ["mode=full"])).gates <= of_level(4).gates
    assert policy_of(load_config(places, {}, ["autonomy=1"])).gates == frozenset()
    assert managed_policy_of(config).limit == of_level(4).gates
    write("")
    assert policy_of(load_config(places, {}, ["autonomy=5"])).gates == of_level(5).gates
    path = write('mode = "edit"\n')
    config = load_config(places, {}, ["autonomy=5"])
    assert (config.settings.autonomy, str(config.provenance["autonomy"])) == (2, f"managed ({path}:1)")
    assert policy_of(config).gates == of_level(2).gates
    write('mode = "ask"\n')
    assert policy_of(load_config(places, {}, ["autonomy=5"])).gates == frozenset()


def test_more_folders_come_from_the_user_and_from_policy(places: Places, write: Write, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    write(f'[permissions]\nroots = ["{tmp_path}/shared"]\n')
    places.config.mkdir()
    places.user_config.write_text('[permissions]\nroots = ["~/"]\n')
    assert roots_of(load_config(places, {})) == (Path.home(), tmp_path / "shared")
    places.user_config.write_text('[permissions]\n\nroots = ["notes"]\n')
    with pytest.raises(ConfigInvalid, match=r"config\.toml:3.*'notes' is not absolute"):
        roots_of(load_config(places, {}))
    project = (tmp_path / ".pegboard/config.toml", '[permissions]\nroots = ["/"]\n')
    with pytest.raises(ConfigInvalid, match=r"permissions\.roots belongs into the user's configuration"):
        load_config(places, {}, project=project)
    with pytest.raises(ConfigInvalid, match="autonomy belongs into the user's configuration"):
        load_config(places, {}, project=(project[0], "autonomy = 1\n"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_obeyed_or_stop_everything(places: Places, data: bytes) -> None:
    places.managed.write_bytes(data)
    places.managed.chmod(0o644)
    try:
        loaded = policy_here(places)
    except PolicyBroken:
        return
    assert loaded.managed == Managed()


KEYS = st.sampled_from([*Managed.__struct_fields__, "required", "tier", "allow", "deny", "never", "x", "tool", "grant"])
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.sampled_from(['"ask"', '"T1"', '"x"', '"/"', '"bash(ls)"'])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(map(_toml, items))}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {_toml(value)}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=6,
)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_table_is_obeyed_or_stops_everything(places: Places, table: dict[str, object]) -> None:
    places.managed.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in table.items()))
    places.managed.chmod(0o644)
    try:
        load_config(places, {})
    except PolicyBroken:
        return
