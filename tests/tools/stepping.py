"""A provider that takes one step of a script for each request, and keeps what it was sent."""

import json
import time
from pathlib import Path

import msgspec

from pegboard_sdk import ModelContext, Plugin, Setup
from pegboard_sdk.errors import RateLimited, TooLarge, Upstream
from pegboard_sdk.wire.methods import ModelReply, StreamModel
from pegboard_sdk.wire.records import Delta, Finish, Message, Role, Text, ToolCall, Usage

plugin = Plugin("NAME")
places = []
ERRORS = {"UPSTREAM": Upstream, "RATE_LIMITED": RateLimited, "TOO_LARGE": TooLarge}


@plugin.on_start
def start(setup: Setup) -> None:
    places.append(Path(setup.settings["folder"]))


@plugin.model("NAME")
def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
    folder = places[0]
    with (folder / "requests.jsonl").open("a") as log:
        sent = {"base": request.base.count, "append": len(request.append), "conversation": request.conversation}
        more = {"tools": [tool.name for tool in request.tools], "system": request.system, "params": request.params}
        more |= {"model": request.model, "effort": request.effort}
        more |= {"blobs": {handle: len(data) for handle, data in request.blobs.items()}}
        log.write(json.dumps({**sent, **more}) + "\n")
    entries = ctx.entries(request)
    number = int((folder / "served").read_text())
    (folder / "served").write_text(str(number + 1))
    (folder / f"entries-{number}.json").write_bytes(msgspec.json.encode(entries))
    steps = json.loads((folder / "steps.json").read_text())
    return taken(steps[min(number, len(steps) - 1)], number, ctx)


def taken(step, number, ctx) -> ModelReply:
    for piece in step.get("deltas", ()):
        ctx.delta(Delta(stream="text", text=piece))
    while step.get("hang"):
        time.sleep(0.005)
        ctx.check()
    if "error" in step:
        raise ERRORS[step.get("code", "UPSTREAM")](step["error"], effect=step.get("effect"))
    calls = [
        ToolCall(call=f"c{number}-{at}", tool=tool, arguments=arguments.replace("{n}", str(number)))
        for at, (tool, arguments) in enumerate(step.get("calls", ()))
    ]
    parts = (*((Text(text=step["text"]),) if step.get("text") else ()), *calls)
    finish = Finish(step.get("finish", "tool_calls" if calls else "stop"))
    message = Message(role=Role.ASSISTANT, parts=parts, finish=finish)
    return ModelReply(message=message, usage=Usage(input=100, output=10), cost=step.get("cost"))
