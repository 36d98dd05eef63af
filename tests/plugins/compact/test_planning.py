"""A plan is one that the kernel carries out, spares what matters, and a summary names nothing that did not occur."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pegboard_compact.decision import decided, gone, important
from pegboard_compact.settings import Settings
from pegboard_compact.summary import checked, fitted, listed, source
from pegboard_sdk import Called, Kind, Outcome, Wanted
from pegboard_sdk.wire.compacting import Turn, fault

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
        text = draw(st.text(max_size=60))
        turns.append(Turn(seq=seq * 3, kind=kind, tokens=tokens, text=text, pinned=pinned, calls=tuple(calls)))
    total = 500 + sum(turn.tokens for turn in turns)
    budget = draw(st.integers(1, total))
    return Wanted(turns=tuple(turns), tokens=total, budget=budget, context=draw(st.sampled_from([0, total])))


@given(conversations(), st.builds(Settings, gain=st.sampled_from([0.0, 0.15]), summary_tokens=st.integers(100, 900)))
def test_a_plan_is_one_that_the_kernel_carries_out(asked, settings):
    plan = decided(asked, settings)
    if plan is None:
        return
    turns = gone(asked, plan)
    assert bool(turns) == bool(plan.summary)
    if turns:
        plan = replace(plan, summary=listed(turns, asked.focus, settings.summary_tokens))
    assert fault(asked, plan) == ""
    assert asked.turns[-1] not in turns
    assert not {turn.seq for turn in asked.turns if turn.pinned} & set(plan.shrunk)


def worked(turns, size=1000):
    made = [Turn(seq=1, kind=Kind.REQUEST, tokens=20, text="do it", pinned="the user's request")]
    for seq in range(2, turns + 2):
        call = Called(tool="read_file", effects=("read",), paths=(f"f{seq}.py",), tokens=size)
        made.append(Turn(seq=seq, kind=Kind.CALLED, tokens=size + 30, calls=(call,)))
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
    assert important([write, run]) == frozenset()
    assert important([run, write]) == {1}


def test_nothing_is_done_for_little():
    assert decided(wanted(worked(3), share=0.99), Settings(gain=0.75)) is None


def test_lines_that_name_what_did_not_occur_are_dropped():
    given_text = source(worked(3), "")
    assert checked("Read `f2.py`.\nChanged src/other.py.\nAll is well.", given_text + " f2.py") == (
        "Read `f2.py`.\nAll is well."
    )
    assert checked("Changed `x.py`\nRan `rm y`", given_text) == ""


@given(st.text(max_size=400), st.integers(1, 60))
def test_a_summary_is_as_long_as_it_may_be(text, tokens):
    assert len(fitted(text, tokens).encode()) <= tokens * 3
    turns = [Turn(seq=1, kind=Kind.SAID, tokens=1, text=text)]
    assert len(listed(turns, "", tokens).encode()) <= tokens * 3


def test_what_a_person_names_is_in_the_list_before_all_else():
    turns = [Turn(seq=n, kind=Kind.SAID, tokens=1, text=f"fact {n} " + "x" * 200) for n in range(50)]
    turns[3] = replace(turns[3], text="the port is 8080")
    assert "8080" in listed(turns, "port", 200)
    assert "8080" not in listed(turns, "", 200)
