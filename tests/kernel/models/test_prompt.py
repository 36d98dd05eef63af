"""The system prompt is short, says where it stands, and sets apart what others add."""

from datetime import date

from pegboard.models.prompt import Part, parts, system_prompt
from pegboard.transcript.tokens import Estimator


def test_it_says_where_and_when():
    text = system_prompt(parts("/some/folder"))
    assert "Working folder: /some/folder" in text
    assert date.today().isoformat() in text


def test_it_costs_little():
    assert Estimator().estimate(len(system_prompt(parts("/w")).encode())) < 500


def test_additions_stand_apart_in_order_and_braces_in_them_mean_nothing():
    made = parts("/w{x}", (Part("a", "you", "first {one}"), Part("b", "project", "second")))
    text = system_prompt(made)
    assert [(part.name, part.owner) for part in made] == [("prompt", "pegboard"), ("a", "you"), ("b", "project")]
    assert text.endswith("\n\nfirst {one}\n\nsecond")
    assert "/w{x}" in text
