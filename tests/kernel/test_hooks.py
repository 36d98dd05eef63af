"""The four modes, the order, and what a failure means for a gate and for an observer."""

from typing import Any

import pytest

from pegboard.hooks import HookFailure, HookRunner
from pegboard_sdk.errors import DeadlineExceeded, Internal, PermissionDenied
from pegboard_sdk.hookspecs import MODES, Hooks
from pegboard_sdk.wire.manifest import HookEntry, HookKind
from pegboard_sdk.wire.records import ToolUse

USE = ToolUse(call="1", tool="greet", arguments={}, turn=1)


class Recorder:
    """Answers hooks from a table and remembers who was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str, tuple[str, ...]]] = []
        self.failures: list[HookFailure] = []

    async def __call__(self, plugin: str, hook: str, arguments: dict[str, Any]) -> Any:
        self.asked.append((plugin, hook, tuple(arguments)))
        answer = self.answers.get(plugin)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def runner(self, **hooks: HookEntry) -> HookRunner:
        runner = HookRunner(self, self.failures.append)
        for plugin, entry in hooks.items():
            runner.register(plugin, [entry])
        return runner


def test_every_hook_has_a_mode() -> None:
    named = {name for name in vars(Hooks) if not name.startswith("_")}
    assert named == set(MODES)


async def test_a_chain_runs_in_order_and_passes_each_value_on() -> None:
    changed = ToolUse(call="1", tool="greet", arguments={"name": "Ada"}, turn=1)
    recorder = Recorder({"late": None, "early": changed})
    runner = recorder.runner(late=HookEntry(name="before_tool", order=5), early=HookEntry(name="before_tool", order=-5))
    result = await runner.chain("before_tool", "use", {"session": "s", "use": USE})
    assert result == changed
    assert [plugin for plugin, _, _ in recorder.asked] == ["early", "late"]
    assert recorder.asked[0][2] == ("session", "use")


async def test_a_gate_that_fails_denies() -> None:
    recorder = Recorder({"guard": Internal("broke")})
    runner = recorder.runner(guard=HookEntry(name="before_tool", kind=HookKind.GATE))
    with pytest.raises(PermissionDenied, match="broke"):
        await runner.chain("before_tool", "use", {"session": "s", "use": USE})


async def test_a_gate_that_hangs_denies_at_its_deadline() -> None:
    recorder = Recorder({"guard": DeadlineExceeded("over")})
    runner = recorder.runner(guard=HookEntry(name="before_tool", kind=HookKind.GATE))
    with pytest.raises(PermissionDenied, match="no answer"):
        await runner.chain("before_tool", "use", {"session": "s", "use": USE})


async def test_of_first_the_first_answer_counts_and_nobody_behind_it_is_asked() -> None:
    recorder = Recorder({"one": None, "two": "no", "three": "never"})
    entries = {name: HookEntry(name="before_model", order=at) for at, name in enumerate(("one", "two", "three"))}
    assert await recorder.runner(**entries).first("before_model", {"session": "s", "planned": None}) == "no"
    assert [plugin for plugin, _, _ in recorder.asked] == ["one", "two"]
    assert await Recorder({}).runner(**entries).first("before_model", {"session": "s", "planned": None}) is None


async def test_a_budget_that_cannot_answer_refuses() -> None:
    recorder = Recorder({"books": Internal("broke")})
    runner = recorder.runner(books=HookEntry(name="before_model", kind=HookKind.GATE))
    with pytest.raises(PermissionDenied, match="broke"):
        await runner.first("before_model", {"session": "s", "planned": None})


async def test_an_observer_that_fails_is_reported_and_means_nothing() -> None:
    recorder = Recorder({"one": Internal("broke"), "two": "note"})
    runner = recorder.runner(one=HookEntry(name="after_tool"), two=HookEntry(name="after_tool", order=1))
    assert await runner.collect("after_tool", {"session": "s", "use": USE, "result": None}) == [("two", "note")]
    assert [(failure.plugin, failure.message) for failure in recorder.failures] == [("one", "broke")]


async def test_an_unknown_hook_is_reported_and_a_blocked_plugin_is_not_asked() -> None:
    recorder = Recorder({})
    runner = recorder.runner(odd=HookEntry(name="no_such_hook"))
    assert "no such hook" in recorder.failures[0].message
    runner.block("later")
    runner.register("later", [HookEntry(name="after_tool")])
    assert not runner.has("after_tool")
