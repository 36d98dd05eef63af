"""A plan is one that the kernel carries out, spares what matters, and a summary names nothing that did not occur."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard_compact.decision import decided
from pegboard_compact.mattering import Weight, weights
from pegboard_compact.price import price
from pegboard_compact.settings import Level, Settings
from pegboard_compact.summary import checked, fitted, holds_all, joined, listed, source
from pegboard_sdk import Called, Kind, Outcome, Wanted
from pegboard_sdk.wire.compacting import Turn, fault, gone_by

CALLS = st.builds(
    Called,
    tool=st.sampled_from(["read_file", "edit_file", "bash", "todo_write", "ask_user"]),
    outcome=st.sampled_from([Outcome.OK, Outcome.OK, Outcome.FAILED]),
    effects=st.sampled_from([("read",), ("write",), ("exec",)]),
    paths=st.sampled_from([(), ("a.py",), ("src/b.py",)]),
    result=st.text(max_size=40),
    tokens=st.integers(1, 3000),
)


@st.composite
def conversations(draw):
    turns = []
    for seq in range(1, draw(st.integers(0, 40)) + 1):
        calls = draw(st.lists(CALLS, max_size=2)) if seq > 1 else []
        kind = Kind.CALLED if calls else draw(st.sampled_from([Kind.SAID, Kind.REQUEST])) if seq > 1 else Kind.REQUEST
        pinned = "why" if seq == 1 or draw(st.integers(0, 9)) == 0 else ""
        tokens = 20 + sum(call.tokens for call in calls)
        less = sum(max(0, call.tokens - 40) for call in calls)
        text = draw(st.text(max_size=60))
        turns.append(
            Turn(seq=seq * 3, kind=kind, tokens=tokens, less=less, text=text, pinned=pinned, calls=tuple(calls))
        )
    total = 500 + sum(turn.tokens for turn in turns)
    budget = draw(st.integers(1, total))
    cached, must = draw(st.integers(0, total)), draw(st.booleans())
    context = draw(st.sampled_from([0, total]))
    return Wanted(turns=tuple(turns), tokens=total, budget=budget, context=context, cached=cached, must=must)


@given(conversations(), st.builds(Settings, gain=st.sampled_from([0.0, 0.15]), summary_tokens=st.integers(100, 900)))
def test_a_plan_is_one_that_the_kernel_carries_out(asked, settings):
    plan = decided(asked, settings)
    if plan is None:
        return
    turns = gone_by(asked, plan)
    assert bool(turns) == bool(plan.summary)
    if turns:
        plan = replace(plan, summary=listed(turns, asked.focus, settings.summary_tokens))
    assert fault(asked, plan) == ""
    assert asked.turns[-1] not in turns


def worked(turns, size=1000):
    made = [Turn(seq=1, kind=Kind.REQUEST, tokens=20, text="do it", pinned="the user's request")]
    for seq in range(2, turns + 2):
        call = Called(tool="read_file", effects=("read",), paths=(f"f{seq}.py",), tokens=size)
        made.append(Turn(seq=seq, kind=Kind.CALLED, tokens=size + 30, less=max(0, size - 40), calls=(call,)))
    return made


def wanted(turns, share=0.8):
    total = sum(turn.tokens for turn in turns)
    return Wanted(turns=tuple(turns), tokens=total, budget=int(total * share), context=total)


def test_results_shrink_before_turns_leave_and_the_newest_stay():
    plan = decided(wanted(worked(20)), Settings())
    assert plan is not None
    assert plan.summary == ""
    assert set(plan.shrunk) <= set(range(2, 19))
    assert len(plan.shrunk) >= 9


def test_what_matters_stays_whole_while_the_rest_is_summarised():
    turns = worked(60, size=60)
    write = Called(tool="edit_file", effects=("write",), paths=("a.py",), tokens=60)
    failed = Called(tool="bash", effects=("exec",), outcome=Outcome.FAILED, tokens=60)
    tasks = Called(tool="todo_write", effects=("read",), tokens=60)
    for at, call in ((5, write), (6, failed), (7, tasks), (8, tasks)):
        turns[at] = replace(turns[at], calls=(call,))
    plan = decided(wanted(turns), Settings(summary_tokens=100))
    assert plan is not None
    assert plan.summary
    matters = {turns[at].seq for at in (5, 6, 8)}
    assert matters <= set(plan.keep)
    assert turns[7].seq not in plan.keep


def test_a_write_that_something_was_run_after_is_verified():
    write = Turn(seq=1, kind=Kind.CALLED, tokens=9, calls=(Called(tool="edit_file", effects=("write",)),))
    run = Turn(seq=2, kind=Kind.CALLED, tokens=9, calls=(Called(tool="bash", effects=("exec",)),))
    assert weights([write, run]) == {}
    assert weights([run, write]) == {1: Weight.UNVERIFIED}


def test_nothing_is_done_for_little():
    assert decided(wanted(worked(3), share=0.99), Settings(gain=0.75)) is None
    assert decided(replace(wanted(worked(9), share=0.99), must=True), Settings(gain=0.75)) is not None


def test_results_are_shrunk_where_the_provider_s_cache_ends_rather_than_at_the_beginning():
    turns = worked(40)
    asked = replace(wanted(turns), cached=sum(turn.tokens for turn in turns))
    plan = decided(asked, Settings())
    assert plan is not None
    assert min(plan.shrunk) > 5
    dear = price(asked, replace(plan, keep=tuple({*plan.keep} - {2}), shrunk=(2, *plan.shrunk)), 0, Settings())
    assert dear.once > price(asked, plan, 0, Settings()).once


def test_what_would_cost_more_than_it_saves_waits_until_it_cannot():
    # Turns that add much: the conversation has grown back before what was cached is paid for.
    turns = [*worked(20, size=500), *[replace(one, seq=one.seq + 100) for one in worked(8, size=3000)[1:]]]
    asked = replace(wanted(turns), cached=sum(turn.tokens for turn in turns))
    dear = Settings(cached_price=0.01)
    assert decided(asked, dear) is None
    assert decided(replace(asked, must=True), dear) is not None
    assert decided(replace(asked, cached=0), dear) is not None


def test_a_level_is_the_most_that_is_done():
    turns = worked(60, size=60)
    assert decided(replace(wanted(turns), must=True), Settings(summary_tokens=100), Level.LIGHT) is None
    plan = decided(replace(wanted(turns), must=True), Settings(summary_tokens=100), Level.MEDIUM)
    assert plan is not None
    assert plan.summary


def test_decisions_and_preferences_stay_as_words_tell():
    texts = ["We decided to use SQLite.", "I will look now.", "Never touch the vendored code.", "always " + "x" * 900]
    turns = [Turn(seq=at, kind=Kind.SAID, tokens=5, text=text) for at, text in enumerate(texts)]
    assert set(weights(turns)) == {0, 2}


def test_lines_that_name_what_did_not_occur_are_dropped():
    given_text = source(worked(3), "", 1000)
    assert checked("Read `f2.py`.\nChanged src/other.py.\nAll is well.", given_text + " f2.py") == (
        "Read `f2.py`.\nAll is well."
    )
    assert checked("Changed `x.py`\nRan `rm y`", given_text) == ""


@pytest.mark.parametrize(
    "line",
    [
        "The port is 4815.",
        "Commit 1a2b3c4d broke it.", "`make_relay` fails.",
        "See src/net/relay.py.", "MAX_SIZE is 7,200.",
        "It listens on 10.0.3.7.", "See https://example.org/a?b=1 for it.", "RelayServer is slow.", "3 of 4 and 99 %",
    ],
)  # fmt: skip
def test_numbers_commits_names_and_addresses_have_to_occur(line):
    assert checked(line, "nothing of that, 148155 and 11a2b3c4d5 and xmake_relays") == ""
    assert checked(line, f"it said: {line.rstrip('.')}, so it was") == line
    assert checked(f"1. {line}\nAll is well.\nSo it goes.", "nothing") == "All is well.\nSo it goes."


def test_what_a_model_left_out_of_what_matters_most_is_added():
    turns = [Turn(seq=n, kind=Kind.SAID, tokens=9, text=f"I read file_{n}.py") for n in range(9)]
    turns.append(Turn(seq=9, kind=Kind.SAID, tokens=9, text="We decided on port 4815."))
    said = joined("Some files were read.", turns, "", 300)
    assert said.startswith("Some files were read.\n")
    assert "4815" in said
    assert "file_3.py" not in said
    assert joined("Port 4815 was decided.", turns, "", 300) == "Port 4815 was decided."


def test_no_model_is_asked_where_a_list_says_it_all():
    assert holds_all(worked(3), 400)
    assert not holds_all(worked(300), 400)


def test_what_is_too_long_for_the_model_that_summarises_is_given_as_a_list():
    turns = [Turn(seq=n, kind=Kind.SAID, tokens=900, text=f"fact {n} " + "x" * 3000) for n in range(50)]
    assert len(source(turns, "", 2000).encode()) <= 6000
    assert "fact 49" in source(turns, "", 2000)


@given(st.text(max_size=400), st.integers(1, 60))
def test_a_summary_is_as_long_as_it_may_be(text, tokens):
    assert len(fitted(text, tokens).encode()) <= tokens * 3
    turns = [Turn(seq=1, kind=Kind.SAID, tokens=1, text=text)]
    assert len(listed(turns, "", tokens).encode()) <= tokens * 3


def test_what_a_person_names_is_in_the_list_before_all_else():
    turns = [Turn(seq=n, kind=Kind.SAID, tokens=1, text=f"fact {n} " + "x" * 200) for n in range(50)]
    turns[3] = replace(turns[3], text="the port is 8080 " + "x" * 200)
    assert "8080" in listed(turns, "port", 200)
    assert "8080" not in listed(turns, "", 200)
