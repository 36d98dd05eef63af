"""The decision: deny over ask over allow in any order; narrowing never widens; what was judged is handed over."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.judge import judge
from pegboard.gate.place import Found, Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import MAX_ITEMS, resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Decision, Mode, Verdict
from pegboard.places import Places
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import Access, Family, Subject, SubjectKind, ToolEffect, ToolEntry

ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    top = tmp_path_factory.mktemp("place")
    for text in ("w/src/app.py", "w/.env", "w/secrets/key.txt", "w/AGENTS.md", "w/README.md", "o/x"):
        (top / text).parent.mkdir(parents=True, exist_ok=True)
        (top / text).write_text(text)
    own = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), top / "own"))

    def output(handle: str) -> int:
        if handle != "abc":
            raise NotFound(f"no result {handle}")
        return os.open(top / "o/x", os.O_RDONLY)

    path = os.environ.get("PATH", "")
    with Place.open(top / "w", str(top / "h"), own, program_path=path, outputs=output) as held:
        yield held


def policy(*rules: str, mode: Mode = Mode.ASK, **more: object) -> Policy:
    """`-rule` denies, `?rule` asks, any other allows."""
    kinds = {"-": DENY, "?": ASK}
    parsed = (Rule.parse(text.lstrip("-?"), kinds.get(text[0], ALLOW)) for text in rules)
    return Policy(rules=tuple(parsed), mode=mode, **more)  # type: ignore[arg-type]


def decided(place: Place, under: Policy, tool: str | ToolEntry, **arguments: object) -> Decision:
    entry = SHIPPED[tool] if isinstance(tool, str) else tool
    with resolve(entry, arguments, place, under) as facts:
        return judge(under, facts)


def entry(*effects: ToolEffect, subjects: list[Subject] | None = None, family: Family = Family.OTHER) -> ToolEntry:
    return ToolEntry(name="other", description="", effects=list(effects), family=family, subjects=subjects or [])


@pytest.mark.parametrize(
    ("mode", "effects", "verdict"),
    [
        (Mode.PLAN, (), ALLOW), (Mode.PLAN, (ToolEffect.READ,), ALLOW), (Mode.PLAN, (ToolEffect.WRITE,), DENY),
        (Mode.PLAN, (ToolEffect.EXEC,), DENY), (Mode.PLAN, (ToolEffect.NET,), ASK),
        (Mode.ASK, (ToolEffect.WRITE,), ASK),
        (Mode.EDIT, (ToolEffect.WRITE,), ASK), (Mode.AUTO, (ToolEffect.EXEC,), ASK),
        (Mode.AUTO, (ToolEffect.NET,), ASK),
        (Mode.FULL, (ToolEffect.WRITE, ToolEffect.EXEC, ToolEffect.NET), ALLOW),
    ],
)  # fmt: skip
def test_what_arguments_do_not_account_for_is_judged_by_the_effects(
    place: Place, mode: Mode, effects: tuple[ToolEffect, ...], verdict: Verdict
) -> None:
    assert decided(place, policy(mode=mode), entry(*effects)).verdict is verdict


def test_a_tool_without_subjects_passes_by_its_name_alone(place: Place) -> None:
    tool = entry(ToolEffect.WRITE)
    assert decided(place, policy("other"), tool).verdict is ALLOW
    assert decided(place, policy("Write(**)"), tool).verdict is ASK
    assert decided(place, policy("other", "-Edit"), tool).verdict is DENY
    assert decided(place, policy("search", "other(x)"), tool).verdict is ASK
    assert decided(place, policy(), tool).remember == "other"


def test_a_subject_accounts_only_for_its_own_effects(place: Place) -> None:
    subjects = [Subject(param="path", kind=SubjectKind.FILE, access=Access.WRITE)]
    tool = entry(ToolEffect.WRITE, ToolEffect.NET, subjects=subjects)
    assert "use the network" in decided(place, policy("Edit(**)", mode=Mode.EDIT), tool, path="a").reason


@pytest.mark.parametrize(
    ("cap", "verdict"), [(Mode.PLAN, DENY), (Mode.ASK, ASK), (Mode.EDIT, ALLOW), (Mode.FULL, ALLOW)]
)
def test_a_cap_is_above_the_mode(place: Place, cap: Mode, verdict: Verdict) -> None:
    assert decided(place, policy(mode=Mode.FULL, cap=cap), "write_file", path="src/app.py").verdict is verdict


def test_deny_beats_ask_beats_allow_in_every_order(place: Place) -> None:
    rules = ["write_file(**)", "?Edit(src/**)", "-Write(src/app.py)"]
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]):
        under = policy(*(rules[at] for at in order), mode=Mode.FULL)
        assert decided(place, under, "write_file", path="src/app.py").rule == "Write(src/app.py)"
        assert decided(place, under, "write_file", path="src/new.py").verdict is ASK
        assert decided(place, under, "write_file", path="README.md").verdict is ALLOW


def test_every_item_of_a_list_is_judged(place: Place) -> None:
    under = policy("Edit(src/**)")
    assert decided(place, under, "apply_patch", paths=["src/app.py", "src/b.py"]).verdict is ALLOW
    mixed = decided(place, under, "apply_patch", paths=["src/app.py", "AGENTS.md", "README.md"])
    assert mixed.verdict is ASK
    assert mixed.remember == "apply_patch(./AGENTS.md) ;; apply_patch(./README.md)"
    assert decided(place, under, "apply_patch", paths=["src/app.py", ".GIT/x"]).verdict is DENY
    assert decided(place, under, "undo_edits", paths=[]).verdict is ALLOW


@pytest.mark.parametrize(
    "arguments", [{"path": 5}, {"path": ["a", 5]}, {"path": {"a": 1}}, {"path": ["a"] * (MAX_ITEMS + 1)}]
)
def test_arguments_of_another_shape_are_denied(place: Place, arguments: JsonObject) -> None:
    assert decided(place, policy("Read", mode=Mode.FULL), "read_file", **arguments).verdict is DENY


def test_moving_a_protected_folder_away_is_denied(place: Place) -> None:
    os.makedirs(f"{place.root_path}/.git", exist_ok=True)
    assert decided(place, policy("Edit(**)", "Edit(.git)"), "apply_patch", paths=[".git", "x"]).verdict is DENY


@pytest.mark.parametrize(
    ("rules", "url", "verdict"),
    [
        ([], "https://x.org/", ASK), (["web_fetch(domain:x.org)"], "https://docs.x.org/a?b", ALLOW),
        (["WebFetch(domain:x.org)"], "https://x.org.evil.net/", ASK), (["web_fetch"], "https://any.org/", ALLOW),
        (["web_fetch"], "http://localhost:8000/", ASK), (["web_fetch(domain:localhost)"], "http://localhost/", ALLOW),
        (["web_fetch"], "http://169.254.169.254/latest", DENY), (["web_fetch"], "http://u:p@x.org/", ASK),
        (["web_fetch", "-WebFetch(domain:x.org)"], "https://a.x.org/", DENY), (["web_fetch"], "ftp://x.org/", ASK),
    ],
)  # fmt: skip
def test_hosts_are_judged_on_the_parsed_url(place: Place, rules: list[str], url: str, verdict: Verdict) -> None:
    assert decided(place, policy(*rules), "web_fetch", url=url).verdict is verdict


@pytest.mark.parametrize(
    ("url", "verdict"), [("https://x.org/", ALLOW), ("http://localhost/", ALLOW), ("http://169.254.169.254/", DENY)]
)
def test_even_in_mode_full_no_address_of_this_link_is_asked(place: Place, url: str, verdict: Verdict) -> None:
    decision = decided(place, policy(mode=Mode.FULL), "web_fetch", url=url)
    assert decision.verdict is verdict
    assert ("mode full" in decision.reason) is (verdict is ALLOW)


def test_only_what_was_granted_reaches_the_host_of_another_tool(place: Place) -> None:
    assert decided(place, policy("search(domain:x.org)"), "web_fetch", url="https://x.org/").verdict is ASK


def test_the_first_reasons_are_said_and_the_others_counted(place: Place) -> None:
    four = decided(place, policy(), "apply_patch", paths=["a", "b", "c", "d"]).reason
    assert "more" not in four
    assert len(four.split("; ")) == 4
    six = decided(place, policy(), "apply_patch", paths=["a", "b", "c", "d", "e", "f"]).reason
    assert six.endswith("; and 2 more")
    assert len(six.split("; ")) == 5


def test_an_answer_allows_exactly_what_was_asked(place: Place) -> None:
    under = policy()
    for tool, arguments in (
        ("write_file", {"path": "src/new [1].py"}),
        ("write_file", {"path": "AGENTS.md"}),
        ("read_file", {"path": ".env"}),
        ("read_file", {"path": "../o/x"}),
        ("web_fetch", {"url": "https://x.org/a"}),
        ("apply_patch", {"paths": ["a", "b*"]}),
    ):
        asked = decided(place, under, tool, **arguments)
        assert asked.verdict is ASK
        answered = under.with_rules(Rule.parse(text, ALLOW) for text in asked.remember.split(" ;; "))
        assert decided(place, answered, tool, **arguments).verdict is ALLOW, asked.remember
    widened = under.with_rules([Rule.parse("apply_patch(./b\\*)", ALLOW)])
    assert decided(place, widened, "apply_patch", paths=["bc"]).verdict is ASK


@pytest.mark.parametrize("path", ["line\nbreak", "~root/x", "src", ""])
def test_what_no_rule_can_name_can_only_be_allowed_once(place: Place, path: str) -> None:
    decision = decided(place, policy("read_file(**)"), "read_file", path=path)
    assert (decision.verdict, decision.remember) == (ASK, "")


@pytest.mark.parametrize("path", ["line\nbreak", "a ;; b"])
def test_where_one_part_can_only_be_allowed_once_nothing_is_remembered(place: Place, path: str) -> None:
    decision = decided(place, policy(), "apply_patch", paths=["a", path])
    assert (decision.verdict, decision.remember) == (ASK, "")


def test_without_anybody_to_ask_the_answer_is_no_and_names_the_rule(place: Place) -> None:
    decision = decided(place, policy(headless=True), "write_file", path="src/x.py")
    assert decision.verdict is DENY
    assert "--allow 'write_file(./src/x.py)'" in decision.reason


def test_effects_are_told_in_words_on_one_line(place: Place) -> None:
    assert decided(place, policy(), "write_file", path="a\nb").effects == ("write 'a\\nb'",)
    assert decided(place, policy(), "web_fetch", url="https://x.org/").effects == ("net x.org",)
    assert decided(place, policy(), entry(ToolEffect.EXEC)).effects == ("exec",)


# What is handed over.


def test_an_allowed_call_hands_over_what_was_judged(place: Place) -> None:
    with resolve(SHIPPED["read_file"], {"path": "src/app.py"}, place, policy()) as facts:
        grant = facts.files["path"]
        assert os.pread(facts.descriptors[grant.slot], 100, 0) == b"w/src/app.py"
        assert facts.descriptors == facts.descriptors
        assert (grant.path, grant.access, grant.exists) == ("src/app.py", "read", True)


def test_writing_hands_over_the_folder_and_the_name(place: Place) -> None:
    with resolve(SHIPPED["apply_patch"], {"paths": ["src/app.py", "new/x"]}, place, policy()) as facts:
        first, second = facts.files["paths[0]"], facts.files["paths[1]"]
        assert (first.name, first.exists, second.name, second.exists) == ("app.py", True, "new/x", False)
        found = os.stat("app.py", dir_fd=facts.descriptors[first.slot])
        assert (found.st_dev, found.st_ino) == (first.device, first.inode)
        assert os.path.samestat(os.fstat(facts.descriptors[second.slot]), os.fstat(place.root_fd))


def test_a_folder_is_handed_over_with_what_must_stay_hidden(place: Place) -> None:
    under = policy("-Read(secrets/**)", "-Read(src/private)", "-Edit(docs/**)")
    with resolve(SHIPPED["grep"], {}, place, under) as facts:
        grant = facts.files["path"]
        assert grant.path == "."
        assert "app.py" in os.listdir(os.open("src", os.O_RDONLY, dir_fd=facts.descriptors[grant.slot]))
        assert "/[sS][eE][cC][rR][eE][tT][sS]/**" in grant.exclude
        assert "**/[.]" not in grant.exclude
        assert "**/.[eE][nN][vV]*" in grant.exclude
        assert not [line for line in grant.exclude if "[dD][oO][cC][sS]" in line]
    with resolve(SHIPPED["grep"], {"path": "src"}, place, under) as facts:
        assert "/[pP][rR][iI][vV][aA][tT][eE]" in facts.files["path"].exclude


def test_a_hard_link_to_a_denied_file_is_hidden_from_readers_of_folders(place: Place) -> None:
    os.link(f"{place.root_path}/secrets/key.txt", f"{place.root_path}/src/copy")
    try:
        for texts_ in (["-Read(secrets/key.txt)"], ["-Read(./secrets/key.txt)"]):
            with resolve(SHIPPED["grep"], {"path": "src"}, place, policy(*texts_)) as facts:
                assert "/[cC][oO][pP][yY]" in facts.files["path"].exclude
    finally:
        os.unlink(f"{place.root_path}/src/copy")


def test_a_call_that_cannot_succeed_says_so_before_anybody_is_asked(place: Place) -> None:
    with resolve(SHIPPED["read_file"], {"path": "none.txt"}, place, policy()) as facts:
        assert facts.futile == "none.txt does not exist"
        with pytest.raises(NotFound, match="does not exist"):
            _ = facts.files
    with resolve(SHIPPED["write_file"], {"path": "src"}, place, policy()) as facts:
        assert facts.futile == "src is a folder, not a file"
        with pytest.raises(InvalidParams, match="is a folder"):
            _ = facts.files
    with resolve(SHIPPED["read_file"], {"path": "/nowhere/x"}, place, policy()) as facts:
        assert not facts.futile


def test_a_result_of_this_session_is_read_on_without_a_rule(place: Place) -> None:
    with resolve(SHIPPED["read_file"], {"path": "output:abc"}, place, policy()) as facts:
        decision = judge(policy(), facts)
        assert (decision.verdict, decision.effects) == (ALLOW, ("read output:abc",))
        grant = facts.files["path"]
        assert os.pread(facts.descriptors[grant.slot], 10, 0) == b"o/x"
    assert decided(place, policy(mode=Mode.FULL), "read_file", path="output:other").verdict is DENY
    assert decided(place, policy(mode=Mode.FULL), "write_file", path="output:abc").effects == ("write output:abc",)


def test_closing_facts_leaves_nothing_open(place: Place) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for path in ("src/app.py", "none", "output:abc", "../o/x"):
        with resolve(SHIPPED["read_file"], {"path": path}, place, policy()) as facts:
            if path == "src/app.py":
                _ = facts.descriptors
    assert len(os.listdir("/proc/self/fd")) == before


# What more rules can do.

WORDS = st.sampled_from(
    ["Read", "Edit", "Write", "read_file", "write_file", "grep", "apply_patch", "web_fetch", "other", "Bash"]
)
GLOBS = st.sampled_from(
    ["**", "*", "src/**", "src/app.py", ".env", "*.py", "./README.md", "AGENTS.md", "/**", "~/x", "secrets/"]
)


def texts(word: str, glob: str | None) -> str:
    if glob is None:
        return word
    if word == "Bash":
        return "Bash(cat *)" if "*" in glob else "Bash(cat README.md)"
    return f"{word}(domain:x.org)" if word == "web_fetch" else f"{word}({glob})"


RULES = st.builds(Rule.parse, st.builds(texts, WORDS, st.none() | GLOBS), st.sampled_from(Verdict))
PATHS = st.sampled_from(
    ["src/app.py", ".env", "README.md", "new", "../o/x", "AGENTS.md", ".GIT/x", "src", "secrets/key.txt"]
)
COMMANDS = st.sampled_from(
    ["cat README.md", "cat .env", "cp README.md src/x", "grep -r x .", "true; false", "$(x)", "cat a\0b"]
)
CALLS = (
    st.tuples(st.sampled_from(["read_file", "write_file", "edit_file", "glob"]), PATHS.map(lambda p: {"path": p}))
    | st.tuples(st.just("apply_patch"), st.lists(PATHS, max_size=3).map(lambda p: {"paths": p}))
    | st.tuples(st.just("bash"), COMMANDS.map(lambda c: {"command": c}))
    | st.tuples(st.just("web_fetch"), st.sampled_from(["https://x.org", "https://y.org"]).map(lambda u: {"url": u}))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(RULES, max_size=5), RULES, st.sampled_from(Mode), CALLS)
def test_narrowing_never_allows_more_and_order_means_nothing(
    place: Place, rules: list[Rule], extra: Rule, mode: Mode, call: tuple[str, JsonObject]
) -> None:
    tool, arguments = call
    base = Policy(rules=tuple(rules), mode=mode)
    with resolve(SHIPPED[tool], arguments, place, base) as facts:
        before = judge(base, facts)
        for verdict in (ASK, DENY):
            narrower = base.with_rules([replace(extra, verdict=verdict)])
            assert judge(narrower, facts).verdict >= before.verdict
        wider = base.with_rules([replace(extra, verdict=ALLOW)])
        assert judge(wider, facts).verdict <= before.verdict
        assert judge(replace(base, cap=Mode.PLAN), facts).verdict >= before.verdict
        assert judge(replace(base, rules=tuple(reversed(rules))), facts).verdict is before.verdict
        headless = judge(replace(base, headless=True), facts).verdict
        assert headless is (DENY if before.verdict is ASK else before.verdict)


# Commands, as far as rules on paths and hosts reach into them.


@pytest.mark.parametrize(
    ("rules", "command", "verdict"),
    [
        (["bash(cat *)"], "cat src/app.py", ALLOW),
        (["Bash(cat:*)"], "cat src/app.py", ALLOW),
        ([], "cat src/app.py", ASK),
        (["bash(cat *)", "-Read(.env)"], "cat .env", DENY),
        (["bash(cat *)", "-Read(.ENV)"], "cat src/../.env", DENY),
        (["bash(cat *)", "-Read(src/**)"], "cat src/app.py", DENY),
        (["bash(cat *)", "-Edit(src/**)"], "cat src/app.py", ALLOW),
        (["bash(cp *)", "-Edit(src/**)"], "cp README.md src/x", DENY),
        (["bash(cat *)", "?Read(src/**)"], "cat src/app.py", ASK),
        (["bash(*)", "-Read(src/app.py)"], "grep -r x .", DENY),
        (["bash", "-Bash"], "true", DENY),
        (["bash"], "cat README.md", ALLOW),
        (["bash(curl *)", "-WebFetch(domain:x.org)"], "curl https://a.x.org/", DENY),
        (["bash(*)", "-mytool"], "cat src/app.py", ALLOW),
        (["bash(*)", "-bash(*)"], "true", DENY),
        (["bash(git log *)", "-bash(git push *)"], "git log -1 push", ALLOW),
        (["bash(*)", "-bash(mytool push *)"], "mytool -x push", DENY),
        (["bash(*)", "-Read"], "cat src/app.py", DENY),
        (["bash(*)", "-Edit"], "cat src/app.py", ALLOW),
        (["bash(*)", "-WebFetch"], "cat src/app.py", ALLOW),
        (["bash(*)", "-bash"], "cat src/app.py", DENY),
        (["bash(cat *)"], "cat /etc/passwd", ASK),
        (["bash(true)", "-bash(false)"], "true && false", DENY),
        (["read_file(**)"], "cat README.md", ASK),
    ],
)
def test_rules_on_files_and_hosts_reach_into_commands(
    place: Place, rules: list[str], command: str, verdict: Verdict
) -> None:
    decision = decided(place, policy(*rules), "bash", command=command)
    assert decision.verdict is verdict, decision.reason


def test_a_rule_that_narrows_says_whether_it_denies_or_asks(place: Place) -> None:
    assert "denies" in decided(place, policy("-Read(src/**)"), "read_file", path="src/app.py").reason
    assert "asks about" in decided(place, policy("?Read(src/**)"), "read_file", path="src/app.py").reason


def test_a_look_that_breaks_off_is_judged_by_nobody_and_holds_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, real = [], place.find

    def find(path: str, cwd: str = "", access: Access = Access.READ) -> Found:
        if found:
            raise RuntimeError("broken")
        found.append(real(path, cwd, access))
        return found[0]

    monkeypatch.setattr(place, "find", find)
    subject = Subject(param="paths", kind=SubjectKind.FILE, access=Access.READ)
    with pytest.raises(RuntimeError, match="broken"):
        resolve(entry(subjects=[subject]), {"paths": ["README.md", "src/app.py"]}, place, policy())
    assert found[0].fd == -1


def test_no_mode_lets_a_command_write_what_is_ours_or_disguised(place: Place) -> None:
    full = policy(mode=Mode.FULL)
    own = f"{os.path.dirname(place.root_path)}/own/config.toml"
    assert decided(place, full, "bash", command=f"cp README.md {own}").verdict is DENY
    assert decided(place, full, "bash", command="cp README.md .GIT/config").verdict is DENY
    assert decided(place, full, "bash", command=f"echo $x > {own}").verdict is DENY
    assert decided(place, full, "bash", command="cp README.md new.md").verdict is ALLOW


def test_a_command_says_its_rule_its_argv_and_what_to_remember(place: Place) -> None:
    allowed = decided(place, policy("bash(cat *)"), "bash", command="cat 'README.md' && cat src/app.py")
    assert allowed.rule == "bash(cat *)"
    assert allowed.argv == (("cat", "README.md"), ("cat", "src/app.py"))
    asked = decided(place, policy("bash(true)"), "bash", command="true && cat README.md | wc -l")
    assert asked.verdict is ASK
    answered = policy("bash(true)").with_rules(Rule.parse(text, ALLOW) for text in asked.remember.split(" ;; "))
    assert decided(place, answered, "bash", command="true && cat README.md | wc -l").verdict is ALLOW
    script = decided(place, policy("bash(*)"), "bash", command="for f in *; do cat $f; done")
    assert (script.verdict, script.remember, script.argv) == (ASK, "", ())


def test_what_an_allowed_command_runs_is_what_was_judged(place: Place) -> None:
    with resolve(SHIPPED["bash"], {"command": "cat README.md"}, place, policy()) as facts:
        plan = facts.plans["command"]
    assert [step.argv for pipeline in plan.pipelines for step in pipeline.steps] == [("cat", "README.md")]
