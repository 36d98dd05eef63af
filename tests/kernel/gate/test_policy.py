"""A policy: the cap is above the mode, rules add up, and what is denied is hidden from readers of folders."""

from pegboard.gate.path import FileKind, PathFacts
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode, Verdict
from pegboard_sdk.wire.manifest import Access


def folder(real: str) -> PathFacts:
    return PathFacts(
        asked=real, shown=real, access=Access.LIST, inside=True, exists=True, kind=FileKind.FOLDER,
        real=real, root="/w", home="/h",
    )  # fmt: skip


def test_the_mode_in_force_is_never_above_the_cap() -> None:
    assert Policy(mode=Mode.FULL, cap=Mode.EDIT).reach is Mode.EDIT
    assert Policy(mode=Mode.PLAN, cap=Mode.EDIT).reach is Mode.PLAN


def test_rules_add_up_and_keep_their_order() -> None:
    first, second = Rule.parse("Read", Verdict.DENY), Rule.parse("Edit", Verdict.ALLOW)
    policy = Policy(rules=(first,)).with_rules([second])
    assert policy.rules == (first, second)
    assert list(policy.of(Verdict.ALLOW)) == [second]


def test_only_denied_reading_is_hidden_and_as_seen_from_the_folder() -> None:
    texts = ["Read(./a/b/**)", "grep(*.log)", "Edit(./w/**)", "Read(/w/a/c)", "Read(~/x)", "other(z)"]
    policy = Policy(rules=tuple(Rule.parse(text, Verdict.DENY) for text in texts))
    hidden = policy.hides(folder("/w/a"))
    assert {"/[bB]/**", "**/*.[lL][oO][gG]", "/[cC]", "**/[zZ]"} <= set(hidden)
    assert not {"/[wW]/**", "/[xX]"} & set(hidden)
    assert "/**" in policy.hides(folder("/w/a/b/deep"))
    assert len(hidden) == len(set(hidden))


def test_an_allow_rule_hides_nothing() -> None:
    allowing = Policy(rules=(Rule.parse("Read(a/**)", Verdict.ALLOW),))
    assert allowing.hides(folder("/w")) == Policy().hides(folder("/w"))
