"""A plugin by hand, right in all but the one thing that its first argument names. The checks must find each."""

import os
import sys
import time
from hashlib import sha256
from pathlib import Path

import msgspec

from pegboard_sdk.wire.codec import BAD_BODY, decode_frame, pack
from pegboard_sdk.wire.framing import Framer, encode
from pegboard_sdk.wire.messages import (
    Bye,
    Call,
    Cancel,
    Credit,
    Data,
    Drain,
    Error,
    Hello,
    Limits,
    Peek,
    Ping,
    Pong,
    Ready,
    Result,
)
from pegboard_sdk.wire.proof import proof_of

FAULT = sys.argv[1] if len(sys.argv) > 1 else ""
MANIFEST = (Path(__file__).parent / "misbehaving" / "pegboard.toml").read_bytes()
held: dict[int, list[int]] = {}


def send(*frames: object) -> None:
    os.write(1, b"".join(encode(frame) for frame in frames))  # type: ignore[arg-type]


def greet(hello: Hello) -> None:
    if FAULT == "never greets":
        time.sleep(60)
    if 1 not in hello.versions and FAULT != "takes any version":
        send(Bye(0, "VERSION_MISMATCH"))
        sys.exit(70)
    digest = sha256(MANIFEST).digest() if FAULT != "wrong hash" else b"\0" * 32
    proof = proof_of(hello.token, digest) if FAULT != "wrong proof" else b"\0" * 32
    name = "misbehaving" if FAULT != "wrong id" else "other"
    hooks = ["before_tool"] if FAULT == "undeclared hook" else []
    if FAULT == "prints before":
        os.write(1, b"Welcome!\n")
    send(Ready(0, 1 if FAULT != "other version" else 3, proof, name, "1", digest, Limits(), [], hooks))


def end(number: int) -> None:
    del held[number]
    value = pack({"parts": [{"kind": "text", "text": "done"}]})
    send(Result(number, value))
    if FAULT == "answers twice":
        send(Result(number, value))
    if FAULT == "prints after":
        os.write(1, b"\0done\n")


def go_on(number: int) -> None:
    """Send what the credit allows; three items in all."""
    while held[number][1] and (held[number][0] > 0 or FAULT == "ignores credit"):
        send(Data(number, pack("item")))
        held[number][0] -= 64
        held[number][1] -= 1
    if not held[number][1]:
        end(number)


def refusal(call: Call) -> str:
    params = msgspec.msgpack.decode(call.params)
    if call.method != "tool.call":
        return "METHOD_NOT_FOUND" if FAULT != "knows every method" else ""
    if FAULT == "crashes on bad params":
        params["tool"]
    if not isinstance(params, dict) or not isinstance(params.get("tool"), str):
        return "INVALID_PARAMS"
    if params["tool"] != "items":
        return "METHOD_NOT_FOUND" if FAULT != "internal for unknown tools" else "INTERNAL"
    if FAULT != "takes any arguments" and params.get("arguments") not in ({}, {"slow": True}, {"slow": False}):
        return "INVALID_PARAMS"
    return "" if FAULT != "refuses what its schema allows" else "INVALID_PARAMS"


def serve(call: Call) -> None:
    code = refusal(call)
    if code:
        send(Error(call.id, code, "", 0, 0 if FAULT != "vague effect" else 1))
        return
    if FAULT == "asks unasked":
        send(Call(2 * call.id + 1, "user.ask", pack({"text": "?"}), 0, call.id))
    held[call.id] = [call.window, 3 if call.window > 0 else 0]
    if FAULT == "streams without a window":
        send(Data(call.id, pack("item")))
    if FAULT == "dies in calls":
        os._exit(3)
    go_on(call.id)


def take(frame: object) -> None:
    match frame:
        case Hello():
            greet(frame)
        case Ping() if FAULT != "no pong when busy" or not held:
            send(Pong(0, frame.nonce, len(held)))
        case Drain() if FAULT != "ignores drain":
            if FAULT != "leaves without bye":
                send(Bye(0))
            sys.exit(0)
        case Bye():
            sys.exit(0)
        case Peek():
            unreadable(frame)
        case _:
            take_of_call(frame)


def take_of_call(frame: object) -> None:
    match frame:
        case Call():
            serve(frame)
        case Cancel() if frame.id in held and FAULT != "ignores cancel":
            del held[frame.id]
            send(Error(frame.id, "CANCELLED" if FAULT != "wrong code for cancel" else "INTERNAL"))
        case Credit() if frame.id in held:
            held[frame.id][0] += frame.n
            go_on(frame.id)


def unreadable(frame: Peek) -> None:
    if frame.kind == 16:
        send(Error(frame.id, "INVALID_MESSAGE"))
    elif not 64 <= frame.kind < 128 or FAULT == "dies of kind 70":
        sys.exit(70)


def main() -> None:
    framer = Framer((1 << 24) - 1)
    while data := os.read(0, 65536):
        for body in framer.feed(data) if FAULT != "one frame a read" else framer.feed(data)[:1]:
            try:
                frame = decode_frame(body)
            except BAD_BODY:
                sys.exit(70)
            take(frame)
    if FAULT == "stays":
        time.sleep(60)


if __name__ == "__main__":
    main()
