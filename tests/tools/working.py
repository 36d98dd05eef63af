"""A plugin whose tools do what their arguments say: look at the journal, die, sleep, ask, call, flood."""

import os
import time
from pathlib import Path

from pegboard_sdk import CallModel, Context, Message, Plugin, Role, Setup, Text, ToolFailed
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.methods import ReadFile, WriteFile

plugin = Plugin("NAME")
given = []


@plugin.on_start
def start(setup: Setup) -> None:
    given.append(setup)


@plugin.tool(name="NAME_look", effect="read", repeatable=True, timeout_s=0)
def look(do: str, arg: str = "", *, ctx: Context) -> str:
    """Does what it is told."""
    return DEEDS[do](arg, ctx)


@plugin.tool(name="NAME_change", effect="write", timeout_s=0)
def change(do: str, arg: str = "", *, ctx: Context) -> str:
    """Does what it is told."""
    return DEEDS[do](arg, ctx)


def model(arg, ctx):
    """What a model says to `arg`, asked beside the conversation."""
    messages = (Message(role=Role.USER, parts=(Text(text=arg),)),)
    answer = ctx.ask_model(CallModel(purpose="test", messages=messages, system="be brief"))
    return "".join(part.text for part in answer.message.parts) + f" {answer.usage.input} {answer.cost}"


def folder() -> Path:
    return Path(given[0].settings["folder"])


def journal(arg, ctx):
    """What stands on disk while the tool runs."""
    (found,) = Path(given[0].settings["state"]).glob("sessions/*/journal.jsonl")
    return found.read_text()


def meet(arg, ctx):
    """Wait until as many calls as `arg` says are here at once."""
    (folder() / f"met-{ctx.call}").touch()
    until = time.monotonic() + 20
    while len(list(folder().glob("met-*"))) < int(arg):
        if time.monotonic() > until:
            raise ToolFailed("the others did not come")
        time.sleep(0.005)
    return "met"


def note(arg, ctx):
    """Write down that it began, wait a little, write down that it ended."""
    with (folder() / "notes").open("a") as notes:
        notes.write(f"<{arg}")
        notes.flush()
        time.sleep(0.05)
        notes.write(f"{arg}>")
    return arg


def die(arg, ctx):
    """Die; with an argument only the first time."""
    with (folder() / "deaths").open("a") as deaths:
        deaths.write("x")
    if arg and (folder() / "deaths").stat().st_size > 1:
        return "alive"
    os.kill(os.getpid(), 9)
    return ""


def hang(arg, ctx):
    ctx.write("began\n")
    while True:
        time.sleep(0.005)
        ctx.check()


def call(arg, ctx):
    """Call another tool: "tool do arg"."""
    tool, do, rest = [*arg.split(" ", 2), ""][:3]
    output = ctx.call_tool(tool, do=do, arg=rest)
    return f"{output.outcome.value}: " + "".join(part.text for part in output.parts)


def read(arg, ctx):
    return repr(bytes(ctx._serving.request("fs.read", pack(ReadFile(path=arg)))))


def write(arg, ctx):
    ctx._serving.request("fs.write", pack(WriteFile(path=arg, data=b"written")))
    return "written"


def wait(arg, ctx):
    """Until a file of this name is there."""
    while not (folder() / arg).exists():
        time.sleep(0.005)
        ctx.check()
    return "waited"


def fail(arg, ctx):
    raise ToolFailed(arg)


DEEDS = {
    "model": model,
    "echo": lambda arg, ctx: arg,
    "journal": journal,
    "meet": meet,
    "note": note,
    "die": die,
    "hang": hang,
    "big": lambda arg, ctx: "\n".join(f"line {number}" for number in range(int(arg))),
    "stream": lambda arg, ctx: ctx.write(arg) or "",
    "ask": lambda arg, ctx: ctx.ask(arg, choices=("red", "blue")),
    "ask-default": lambda arg, ctx: ctx.ask(arg, default="green"),
    "call": call,
    "read": read,
    "write": write,
    "fail": fail,
    "wait": wait,
}
