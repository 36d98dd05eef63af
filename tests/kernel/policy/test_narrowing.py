"""Whatever a drop-in says, both together allow nothing that either forbids, and grant what the first grants."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.settings import load_config, policy_here
from pegboard.config import PolicyBroken
from pegboard.config.schema import Limits, Permissions, Section
from pegboard.gate.verdict import Mode
from pegboard.places import Places
from pegboard.policy import Managed
from pegboard.policy.narrow import narrowed
from pegboard.policy.schema import (
    Anchor,
    AuditDemand,
    ChannelDemand,
    Grant,
    NetworkDemand,
    PluginDemand,
    PluginPin,
    SandboxDemand,
    TrustDemand,
)
from pegboard.sandbox.confinement import Tier

HOSTS = ("example.org", "a.example.org", "b.a.example.org", "other.net", "org", "*")
FOLDERS = ("/", "/srv", "/srv/work", "/srv/work/deep", "/home/user", "/srvx")
IDS = ("files", "acme.jira", "shell")
RULES = st.lists(st.sampled_from(["bash(ls)", "Read(.env)", "web_fetch", "Edit(**)"]), max_size=2).map(tuple)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def grants() -> st.SearchStrategy[Grant]:
    return st.builds(Grant, net=st.none() | some(HOSTS), read=st.none() | some(FOLDERS), exec=st.booleans())


def policies() -> st.SearchStrategy[Managed]:
    count = st.none() | st.integers(1, 9)
    return st.builds(
        Managed,
        mode=st.sampled_from(["plan", "ask", "edit", "auto", "full"]),
        autonomy=st.integers(1, 5),
        limits=st.builds(Limits, max_turns=count, tokens=count),
        permissions=st.builds(Permissions, allow=RULES, ask=RULES, deny=RULES, roots=some(FOLDERS)),
        sandbox=st.builds(SandboxDemand, required=st.booleans(), tier=st.sampled_from(Tier)),
        network=st.builds(NetworkDemand, allow=st.none() | some(HOSTS), deny=some(HOSTS)),
        plugins=st.builds(
            PluginDemand,
            disabled=some(IDS),
            only_listed=st.booleans(),
            dev=st.booleans(),
            allow=st.dictionaries(st.sampled_from(IDS), st.builds(PluginPin, grant=grants()), max_size=2),
        ),
        channels=st.builds(ChannelDemand, disabled=some(IDS)),
        audit=st.builds(AuditDemand, anchor=st.just((Anchor(kind="syslog"),)), required=st.booleans()),
        trust=st.builds(TrustDemand, never=st.booleans(), below=st.none() | some(FOLDERS)),
    )


def allowed(policy: Managed) -> set[object]:
    """Everything that a policy permits, as far as it can be asked."""
    plugins = policy.plugins
    found: set[object] = {("host", host) for host in HOSTS if policy.network.permits(host)}
    caps = {one: plugins.cap(one) for one in IDS if not plugins.refusal(one, "1")}
    found |= {("plugin", one) for one in caps}
    found |= {("net", one, host) for one, cap in caps.items() for host in HOSTS if cap.net is None or host in cap.net}
    found |= {("read", one, at) for one, cap in caps.items() for at in FOLDERS if cap.read is None or at in cap.read}
    found |= {("exec", one) for one, cap in caps.items() if cap.exec}
    found |= {("trust", folder) for folder in FOLDERS if policy.trust.permits(folder)}
    found |= {("tier", tier) for tier in Tier if policy.sandbox.suffices(tier)}
    found |= {("mode", mode) for mode in Mode if mode <= Mode[policy.mode.upper()]}
    found |= {("level", level) for level in range(1, policy.autonomy + 1)}
    found |= {
        (name, n) for name in ("max_turns", "tokens") for n in range(10) if n <= (getattr(policy.limits, name) or 9)
    }
    found |= {("not denied", rule) for rule in ("bash(ls)", "Read(.env)") if rule not in policy.permissions.deny}
    found |= {("not asked", rule) for rule in ("bash(ls)", "Read(.env)") if rule not in policy.permissions.ask}
    found |= {("channel", one) for one in IDS if one not in policy.channels.disabled}
    return found | ({"dev"} if plugins.dev else set()) | (set() if policy.audit.required else {"no audit"})


@given(policies(), policies())
def test_both_together_allow_only_what_both_allow(one: Managed, other: Managed) -> None:
    both = narrowed(one, other)
    assert allowed(both) <= allowed(one) & allowed(other)
    assert both.permissions.allow == one.permissions.allow
    assert both.permissions.roots == one.permissions.roots


@given(policies())
def test_a_policy_that_demands_nothing_changes_nothing(policy: Managed) -> None:
    assert narrowed(policy, Managed()) == policy
    assert allowed(narrowed(policy, policy)) == allowed(policy)


def test_every_key_of_a_policy_can_be_merged() -> None:
    """A key that is added to the schema without a row in the table would raise here."""
    pin = {"allow": {"x": PluginPin()}}
    for field in msgspec.structs.fields(Managed):
        if isinstance(field.type, type) and issubclass(field.type, Section):
            narrowed(Managed(plugins=PluginDemand(**pin)), Managed(plugins=PluginDemand(**pin)))
    assert narrowed(Managed(), Managed()) == Managed()


Write = Callable[..., Path]


def test_drop_ins_narrow_in_the_order_of_their_names(places: Places, write: Write) -> None:
    main = write('mode = "auto"\n[permissions]\nallow = ["bash(ls)"]\n')
    first = write('mode = "edit"\n[limits]\nmax_turns = 9\n', "10-a.toml")
    second = write('mode = "full"\n[limits]\nmax_turns = 7\n[permissions]\ndeny = ["bash(rm *)"]\n', "20-b.toml")
    write("this is no TOML", "README")
    loaded = policy_here(places)
    assert loaded.files == (str(main), str(first), str(second))
    assert (loaded.cap, loaded.managed.limits.max_turns) == (Mode.EDIT, 7)
    assert loaded.where("mode") == f"{main}:1, {first}:1, {second}:1"
    assert [(one.text, one.source.where) for one in loaded.rules] == [
        ("bash(ls)", f"{main}:3"),
        ("bash(rm *)", f"{second}:5"),
    ]
    assert load_config(places, {}).settings.limits.max_turns == 7


@pytest.mark.parametrize("with_main", [True, False])
@pytest.mark.parametrize("key", ["allow", "roots"])
def test_a_drop_in_grants_nothing(places: Places, write: Write, with_main: bool, key: str) -> None:
    if with_main:
        write('mode = "auto"\n')
    path = write(f'[permissions]\n\n{key} = ["/x"]\n', "10-a.toml")
    with pytest.raises(PolicyBroken, match=rf"{path}:3: permissions\.{key} grants, and a drop-in only narrows"):
        policy_here(places)


def test_drop_ins_count_without_the_file_itself(places: Places, write: Write) -> None:
    write('mode = "plan"\n', "10-a.toml")
    assert policy_here(places).cap is Mode.PLAN


def test_a_broken_drop_in_stops_everything(places: Places, write: Write) -> None:
    path = write("mode = 3\n", "10-a.toml")
    with pytest.raises(PolicyBroken, match=rf"{path}:1: mode"):
        policy_here(places)


def test_files_that_pin_a_plugin_differently_are_refused(places: Places, write: Write) -> None:
    listed = "[plugins]\nonly_listed = true\n"
    write(f'{listed}[plugins.allow.x]\nversion = "1"\n')
    write(f'{listed}[plugins.allow.x]\npublisher = "github:a/b"\n[plugins.allow.x.grant]\nexec = false\n', "10-a.toml")
    pin = policy_here(places).managed.plugins.allow["x"]
    assert (pin.version, pin.publisher, pin.grant.exec) == ("1", "github:a/b", False)
    path = write(f'{listed}[plugins.allow.x]\nversion = "2"\n', "20-b.toml")
    with pytest.raises(PolicyBroken, match=rf"{path}: plugins\.allow\.version is another one than in a file before"):
        policy_here(places)


def test_a_test_of_one_file_sees_the_rules_of_all(places: Places, write: Write) -> None:
    write('[[test]]\ntool = "bash"\narguments = {command = "ls"}\nexpect = "deny"\n')
    with pytest.raises(PolicyBroken, match="must be deny, and is ask"):
        policy_here(places)
    write('[permissions]\ndeny = ["bash(ls)"]\n', "10-a.toml")
    assert policy_here(places).managed.test
