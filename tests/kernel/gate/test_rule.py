"""Rules as people write them, and what is said of the ones that are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.rule import HEADS, Rule
from pegboard.gate.verdict import Verdict
from pegboard_sdk.errors import InvalidParams

ALLOW, DENY = Verdict.ALLOW, Verdict.DENY


@pytest.mark.parametrize(
    ("text", "tools"),
    [
        ("Read", {"read_file", "glob", "grep"}),
        ("Edit", {"write_file", "edit_file", "multi_edit", "apply_patch", "undo_edits"}),
        ("Write(**)", {"write_file", "edit_file", "multi_edit", "apply_patch", "undo_edits"}),
        ("read_file", {"read_file"}),
        ("Grep", {"grep"}),
        ("Glob(src)", {"glob"}),
        ("Bash", {"bash"}),
        ("WebFetch(domain:example.org)", {"web_fetch"}),
        ("ask_user", {"ask_user"}),
    ],
)
def test_an_allow_rule_binds_the_tool_or_family_that_it_names(text: str, tools: set[str]) -> None:
    rule = Rule.parse(text, ALLOW)
    assert {name for name, tool in SHIPPED.items() if rule.names_tool(tool)} == tools


def test_a_bare_deny_of_a_family_binds_the_effect_of_every_tool() -> None:
    assert Rule.parse("Edit", DENY).binds_tool(SHIPPED["apply_patch"])
    assert Rule.parse("WebFetch", DENY).binds_tool(SHIPPED["web_fetch"])
    assert not Rule.parse("Read", DENY).binds_tool(SHIPPED["ask_user"])
    assert not Rule.parse("write_file", DENY).binds_tool(SHIPPED["edit_file"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1 to 4096 characters"),
        ("x" * 5000, "1 to 4096 characters"),
        ("Read (x)", "not the name of a tool"),
        ("read file", "not the name of a tool"),
        ("(x)", "not the name of a tool"),
        ("Read(x", r"is not closed at the end; write `Read\(x\)`"),
        ("Read(x) y", "is not closed at the end"),
        ("Read()", "nothing stands in the brackets"),
        ("READ(x)", "did you mean `Read`"),
        ("Webfetch(domain:x.org)", "did you mean `WebFetch`"),
        ("Read(!x)", "write a deny rule"),
        ("web_fetch(example.org)", "domain:HOST"),
        ("web_fetch(domain:https://x.org)", "without scheme or path"),
        ("Read(a\u202eb)", "cannot be shown"),
        ("Read(../x)", "`..` cannot stand"),
    ],
)
def test_a_wrong_rule_says_what_where_and_what_would_be_right(text: str, said: str) -> None:
    with pytest.raises(InvalidParams, match=said) as caught:
        Rule.parse(text, ALLOW, "config.toml:7")
    assert caught.value.message.startswith("config.toml:7: rule `")


def test_a_rule_knows_where_it_stands() -> None:
    assert Rule.parse(" Read(src/**) ", DENY, "config.toml:12").label == "Read(src/**) [config.toml:12]"


@given(st.text(max_size=80) | st.builds("{}({}".format, st.sampled_from(sorted(HEADS)), st.text(max_size=60)))
def test_hostile_text_is_a_rule_or_an_explained_error(text: str) -> None:
    try:
        rule = Rule.parse(text, ALLOW, "here")
    except InvalidParams as error:
        said = error.message
    else:
        said = f"here: rule `{rule.text}"
    assert said.startswith("here: rule `")
    assert "\n" not in said
