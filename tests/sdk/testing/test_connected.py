"""Plugins of every kind, connected in memory: what authors test with works for all that they can declare."""

import pytest
import trio
import trio.lowlevel

from pegboard_sdk import (
    AsyncContext,
    Base,
    Conflict,
    Context,
    Delta,
    Message,
    ModelInfo,
    ModelReply,
    NotFound,
    Output,
    Plugin,
    Role,
    Setup,
    StreamModel,
    Text,
    ToolUse,
    Upstream,
)
from pegboard_sdk.errors import StartFailed
from pegboard_sdk.testing import ScriptedFrontEnd, ScriptedModel, calls_tool, connected, says
from pegboard_sdk.wire.conversation import extended
from pegboard_sdk.wire.records import Question


def user(text: str) -> Message:
    return Message(role=Role.USER, parts=(Text(text=text),))


def greeter() -> Plugin:
    plugin = Plugin("hello")

    @plugin.tool(effect="read")
    def greet(name: str, loud: bool = False, *, ctx: Context) -> str:
        """Say hello to someone."""
        ctx.progress(1, 1, ctx.setup.instance)
        return f"HELLO {name.upper()}!" if loud else f"Hello {name}."

    @plugin.tool(effect="read")
    def shapes(kind: str) -> object:
        values = {"none": None, "list": [1, 2], "bytes": b"\xff", "output": Output(note="n"), "text": Text(text="t")}
        return values[kind]

    @plugin.command("shout", summary="Says it louder.")
    def shout(text: str) -> str:
        return text.upper()

    @plugin.hook
    def context(session: str) -> str:
        return f"context of {session}"

    @plugin.hook(order=-1)
    def before_tool(use: ToolUse) -> ToolUse | None:
        return use if use.tool == "same" else None

    return plugin


def test_tools_commands_and_hooks_are_called() -> None:
    with connected(greeter(), Setup(instance="one")) as board:
        assert board.text("greet", name="Ada", loud=True) == "HELLO ADA!"
        assert board.command("shout", "hey") == "HEY"
        assert board.hook("context", str, session="s1", workspace="/w") == "context of s1"
        use = ToolUse(call="c", tool="same", arguments={}, turn=1)
        assert board.hook("before_tool", ToolUse, session="s", use=use) == use
        assert (
            board.hook("before_tool", type(None), session="s", use=ToolUse(call="c", tool="o", arguments={}, turn=1))
            is None
        )


@pytest.mark.parametrize(
    ("kind", "text"),
    [("none", ""), ("list", "[1,2]"), ("bytes", "\ufffd"), ("output", ""), ("text", '{"kind":"text","text":"t"}')],
)
def test_whatever_a_tool_returns_becomes_text(kind: str, text: str) -> None:
    with connected(greeter()) as board:
        assert board.text("shapes", kind=kind) == text


def test_hooks_of_one_plugin_are_folded_by_their_mode() -> None:
    plugin = Plugin("folds")

    @plugin.hook(order=2)
    def context(session: str) -> str:
        return "second"

    def earlier(session: str) -> str:
        return "first"

    earlier.__name__ = "context"
    plugin.hook(order=1)(earlier)

    @plugin.hook
    def prompt(message: Message) -> Message:
        return user("changed")

    with connected(plugin) as board:
        assert board.hook("context", str, session="s", workspace="w") == "first\nsecond"
        assert board.hook("prompt", Message, session="s", message=user("x")) == user("changed")


def test_a_hook_that_fits_no_specification_is_refused() -> None:
    plugin = Plugin("wrong")

    @plugin.hook
    def context(no_such_argument: str) -> str:
        return no_such_argument

    with pytest.raises(StartFailed, match="no_such_argument"), connected(plugin):
        pass


def test_a_scripted_model_streams_and_remembers_the_conversation() -> None:
    model = ScriptedModel([says("Hello there."), calls_tool("read_file", path="a.py"), Upstream("down")])
    with connected(model) as board:
        assert board.models("scripted") == [ModelInfo(id="scripted-1", context=100_000)]
        request = StreamModel(model="scripted/x", conversation="c", append=(user("hi"),))
        call = board.stream_model(request)
        assert call.result(ModelReply).message == says("Hello there.")
        assert "".join(delta.text for delta in call.items(Delta)) == "Hello there. "

        base = extended(Base(), user("hi"))
        more = StreamModel(model="scripted/x", conversation="c", base=base, append=(user("more"),))
        assert (
            board.stream_model(more).result(ModelReply).message.parts[0]
            == calls_tool("read_file", path="a.py").parts[0]
        )
        assert model.seen == [(user("hi"),), (user("hi"), user("more"))]

        wrong = StreamModel(model="scripted/x", conversation="other", base=base)
        with pytest.raises(Conflict, match="send it whole"):
            board.stream_model(wrong).result(ModelReply)
        with pytest.raises(Upstream, match="down"):
            board.stream_model(more).result(ModelReply)
        with pytest.raises(Upstream, match="at its end"):
            board.stream_model(more).result(ModelReply)


def test_two_providers_are_told_apart_by_name() -> None:
    plugin = Plugin("two")

    @plugin.model("a")
    def stream_a(request: StreamModel) -> ModelReply:
        return ModelReply(message=says("from a"))

    @plugin.model("b")
    def stream_b(request: StreamModel) -> ModelReply:
        return ModelReply(message=says("from b"))

    with connected(plugin) as board:
        reply = board.stream_model(StreamModel(model="b/large", conversation="c")).result(ModelReply)
        assert reply.message == says("from b")
        with pytest.raises(NotFound, match="known: a, b"):
            board.stream_model(StreamModel(model="c", conversation="c")).result(ModelReply)


def test_coroutine_plugins_are_connected_the_same_way() -> None:
    plugin = Plugin("awaits")

    @plugin.tool(effect="read")
    async def slow(word: str, *, ctx: AsyncContext) -> str:
        await ctx.write("first ")
        await trio.lowlevel.checkpoint()
        return word

    @plugin.hook
    async def context(session: str) -> str:
        await trio.lowlevel.checkpoint()
        return session

    with connected(plugin) as board:
        assert board.text("slow", word="last") == "first last"
        assert board.hook("context", str, session="s", workspace="w") == "s"


async def test_a_scripted_front_end_answers_in_turn() -> None:
    front = ScriptedFrontEnd(["yes"])
    question = Question(question="q1", text="really?")
    answer = await front.ask(question)
    assert answer is not None
    assert answer.answer == "yes"
    assert await front.ask(question) is None
    front.show(user("x"))
    assert front.records == [user("x")]
