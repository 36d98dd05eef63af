"""Patterns of `bash(...)`: how they are read, what they cover, what they bind."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.gate.autonomy import MODES
from pegboard.gate.command.pattern import CommandPattern, Reach
from pegboard.gate.command.resolve import resolve_command
from pegboard.gate.command.verdict import Judgement, command_verdict, suggested_rule
from pegboard.gate.place import Place
from pegboard.gate.verdict import Mode, Verdict
from pegboard_sdk.errors import InvalidParams


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    top = tmp_path_factory.mktemp("pattern")
    (top / "w/src").mkdir(parents=True)
    for name in ("f.txt", "src/app.py", ".env"):
        Path(top / "w" / name).write_text("x")
    own = SimpleNamespace(**{kind: top / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    with Place.open(top / "w", str(top / "home"), own) as held:
        yield held


def judged(
    place: Place, text: str, *allow: str, deny: tuple[str, ...] = (), mode: Mode = Mode.ASK, sandboxed: bool = False
) -> Judgement:
    facts = resolve_command(text, place, path="/usr/bin:/bin")
    patterns = [CommandPattern.parse(one) for one in allow]
    parts = command_verdict(
        facts,
        allow=patterns,
        deny=[CommandPattern.parse(one) for one in deny],
        mode=mode,
        gates=MODES[mode],
        sandboxed=sandboxed,
    )
    return max(parts, key=lambda one: one.verdict)


def test_a_pattern_is_tokenized_like_a_command() -> None:
    found = CommandPattern.parse("git  commit -m 'a b' *")
    assert (found.words, found.reach) == (("git", "commit", "-m", "a b"), Reach.TAIL)
    assert CommandPattern.parse("git log:*").words == ("git", "log")
    assert CommandPattern.parse("git status").reach is Reach.EXACT
    assert CommandPattern.parse("*").reach is Reach.ANYTHING


@pytest.mark.parametrize(
    "text", ["git log; rm x", "a | b", "echo $x", "ls > x", "X=1 ls", "if x", "", "'", "curl https://*/x/*"]
)
def test_a_pattern_that_is_no_plain_command_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(InvalidParams, match=r"`.*`"):
        CommandPattern.parse(text)


def test_further_arguments_have_the_effects_of_the_command_itself(place: Place) -> None:
    assert judged(place, "sort -u f.txt", "sort *").verdict is Verdict.ALLOW
    assert judged(place, "sort -o g f.txt", "sort *").verdict is Verdict.ASK
    assert judged(place, "sort -o g f.txt", "sort -o *").verdict is Verdict.ALLOW
    assert judged(place, "sed -i s/a/b/ f.txt", "sed *").verdict is Verdict.ASK
    assert judged(place, "sed -i s/a/b/ f.txt", "sed -i *").verdict is Verdict.ALLOW
    assert judged(place, "sed -i s/a/b/ /etc/hosts", "sed -i *").verdict is Verdict.ASK


def test_what_stands_in_the_rule_itself_is_covered_and_no_more(place: Place) -> None:
    assert judged(place, "cat /etc/hostname", "cat /etc/hostname").verdict is Verdict.ALLOW
    assert judged(place, "cat /etc/hostname f.txt", "cat /etc/hostname *").verdict is Verdict.ALLOW
    assert judged(place, "cat /etc/hostname /etc/passwd", "cat /etc/hostname *").verdict is Verdict.ASK
    assert judged(place, "env", "env").verdict is Verdict.ASK


def test_every_step_needs_its_own_grant(place: Place) -> None:
    assert judged(place, "ls | wc -l", "ls *").verdict is Verdict.ASK
    assert judged(place, "ls | wc -l", "ls *", "wc *").verdict is Verdict.ALLOW


def test_a_wrapper_needs_a_grant_and_so_does_what_it_wraps(place: Place) -> None:
    assert judged(place, "timeout 5 git status", "git status").verdict is Verdict.ASK
    assert judged(place, "timeout 5 git status", "timeout *").verdict is Verdict.ASK
    assert judged(place, "timeout 5 git status", "timeout *", "git status").verdict is Verdict.ALLOW
    assert judged(place, "timeout 5 git status", "timeout 5 git *").verdict is Verdict.ALLOW
    assert judged(place, "timeout 5 git push", "timeout 5 git *").verdict is Verdict.ASK


def test_an_unknown_program_is_covered_by_its_exact_command_alone(place: Place) -> None:
    assert judged(place, "mytool -x", "mytool -x").verdict is Verdict.ALLOW
    assert judged(place, "mytool -x", "mytool *").verdict is Verdict.ASK
    assert judged(place, "mytool -x", "*").verdict is Verdict.ASK


def test_a_url_prefix_is_compared_by_its_parts(place: Place) -> None:
    rule = "curl https://api.example.com/v1/*"
    assert judged(place, "curl -s https://api.example.com/v1/x?a=b", rule).verdict is Verdict.ALLOW
    for url in (
        "https://api.example.com/v2/x",
        "https://api.example.com.evil.io/v1/x",
        "https://api.example.com/v1/../x",
    ):
        assert judged(place, f"curl {url}", rule).verdict is Verdict.ASK


def test_a_deny_rule_beats_every_mode_and_every_grant(place: Place) -> None:
    for text in ("rm f.txt", "sudo rm f.txt", "x=rm; $x f.txt", "sh -c 'rm f.txt'", "/bin/rm f.txt"):
        assert judged(place, text, "*", deny=("rm *",), mode=Mode.FULL).verdict is Verdict.DENY
    assert judged(place, "echo rm f.txt", "*", deny=("rm *",), mode=Mode.FULL).verdict is Verdict.ALLOW


def test_a_text_that_was_not_looked_at_to_its_end_is_bound_by_every_deny_rule(place: Place) -> None:
    long = "; ".join(["true"] * 300)
    assert judged(place, long, "true").verdict is Verdict.ASK
    assert judged(place, long, "true", deny=("rm *",), mode=Mode.FULL).verdict is Verdict.DENY


def test_modes_let_pass_what_they_are_for(place: Place) -> None:
    assert judged(place, "touch x").verdict is Verdict.ASK
    assert judged(place, "touch x", mode=Mode.EDIT).verdict is Verdict.ALLOW
    assert judged(place, "touch .git/hooks/x", mode=Mode.EDIT).verdict is Verdict.ASK
    assert judged(place, "rm f.txt", mode=Mode.EDIT).verdict is Verdict.ASK
    assert judged(place, "pytest -q", mode=Mode.AUTO).verdict is Verdict.ASK
    assert judged(place, "pytest -q", mode=Mode.AUTO, sandboxed=True).verdict is Verdict.ALLOW
    assert judged(place, "mytool --x", mode=Mode.AUTO, sandboxed=True).verdict is Verdict.ALLOW
    for text in (
        "git push",
        "curl https://example.org",
        "cat .env",
        "cat /etc/passwd",
        "env",
        "echo $x",
        "pip install x",
    ):
        assert judged(place, text, mode=Mode.AUTO, sandboxed=True).verdict is Verdict.ASK, text
    assert judged(place, "touch x", "touch *", mode=Mode.PLAN).verdict is Verdict.DENY
    assert judged(place, "cat f.txt", "cat *", mode=Mode.PLAN).verdict is Verdict.ALLOW
    assert judged(place, "cat f.txt", mode=Mode.PLAN).verdict is Verdict.ASK
    assert judged(place, "echo $x", "*", mode=Mode.PLAN).verdict is Verdict.DENY


COMMANDS = st.sampled_from(
    [
        "ls",
        "ls -la src",
        "cat f.txt",
        "cat /etc/passwd",
        "git log -1",
        "git log --output=x",
        "git push",
        "rm -rf src",
        "env",
        "find . -delete",
        "find . -name '*.py'",
        "sh -c 'ls; rm x'",
        "timeout 5 ls",
        "xargs rm",
        "echo $x",
        "ls | wc",
        "cat .env",
        "mytool 'a b'",
        "curl https://a.io/x",
        "npm run build",
        "cd src && ls",
        "sed -i s/a/b/ f.txt",
        "awk '{print $1}' f.txt",
        "printf '%s\\n' 'it'\"'\"'s'",
        "ls 2>&1",
        'git commit -m "x y"',
        "pytest -k 'a and b'",
        "touch 'a*b'",
        "ls '*'",
    ]
)
PATTERNS = st.sampled_from(
    [
        "ls *",
        "cat *",
        "git *",
        "git log *",
        "rm *",
        "*",
        "find *",
        "sh *",
        "timeout *",
        "env *",
        "curl *",
        "npm run *",
        "sed *",
        "echo *",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    COMMANDS,
    st.tuples(st.lists(PATTERNS, max_size=3), st.lists(PATTERNS, max_size=2)),
    PATTERNS,
    st.sampled_from(list(Mode)),
)
def test_another_deny_rule_never_lets_more_pass_and_another_allow_rule_never_less(
    place: Place, text: str, rules: tuple[list[str], list[str]], more: str, mode: Mode
) -> None:
    allow, deny = rules
    before = judged(place, text, *allow, deny=tuple(deny), mode=mode).verdict
    assert judged(place, text, *allow, deny=(*deny, more), mode=mode).verdict >= before
    assert judged(place, text, *allow, more, deny=tuple(deny), mode=mode).verdict <= before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COMMANDS)
def test_the_rule_that_is_suggested_allows_exactly_this(place: Place, text: str) -> None:
    for step in resolve_command(text, place, path="/usr/bin:/bin").steps:
        if step.argv[0] == "cd" or not suggested_rule(step):
            continue
        pattern = CommandPattern.parse(suggested_rule(step))
        assert pattern.reach is Reach.EXACT
        assert pattern.allows(step)
        other = resolve_command(f"{suggested_rule(step)} more", place, path="/usr/bin:/bin")
        assert not any(pattern.allows(one) for one in other.steps)
