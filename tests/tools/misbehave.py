"""Speaks the wire by hand, and badly: `misbehave.py MODE PACKAGE`. The mode says when it goes wrong, and how."""

import hashlib
import os
import sys
import time
from pathlib import Path

from pegboard_sdk.wire.codec import decode_frame, pack
from pegboard_sdk.wire.framing import Framer, encode
from pegboard_sdk.wire.messages import Bye, Call, Cancel, Changed, Data, Drain, Limits, Ping, Pong, Ready, Result
from pegboard_sdk.wire.methods import ToolOutput
from pegboard_sdk.wire.proof import proof_of
from pegboard_sdk.wire.records import Text

mode, package = sys.argv[1:]
framer = Framer()
waiting = []


def send(*frames):
    os.write(1, b"".join(map(encode, frames)))


def frames():
    while data := os.read(0, 1 << 16):
        for body in framer.feed(data):
            yield decode_frame(body)


def ready(hello, **changes):
    sha = hashlib.sha256(Path(package, "pegboard.toml").read_bytes()).digest()
    fields = {
        "id": 0,
        "version": 1,
        "proof": proof_of(hello.token, sha),
        "plugin": Path(package).name,
        "release": "1",
        "manifest_sha256": sha,
        "limits": Limits(max_calls=4),
        **changes,
    }
    return Ready(**fields)


GREETINGS = {
    "wrong_major": {"version": 7},
    "wrong_proof": {"proof": b"x" * 32},
    "wrong_id": {"plugin": "other"},
    "extra_hook": {"hooks": ["before_tool"]},
}
OTHER_SHA = hashlib.sha256(b"another manifest").digest()


def greet(hello):  # noqa: C901 - a list of modes
    if mode == "silent":
        time.sleep(600)
    elif mode == "exit":
        sys.stderr.write("no such library\n")
        sys.exit(3)
    elif mode == "banner":
        os.write(1, b"Welcome to misbehave 1.0\n")
        time.sleep(600)
    elif mode == "half_ready":
        os.write(1, encode(ready(hello))[:20])
        sys.exit(0)
    elif mode == "bye":
        send(Bye(0, "START_FAILED", "the model file is missing"))
        sys.exit(1)
    elif mode == "wrong_manifest":
        send(ready(hello, manifest_sha256=OTHER_SHA, proof=proof_of(hello.token, OTHER_SHA)))
    elif mode == "ready_twice":
        send(ready(hello), ready(hello))
    elif mode == "drip":
        for byte in encode(ready(hello)):
            os.write(1, bytes([byte]))
            time.sleep(0.001)
    else:
        send(ready(hello, **GREETINGS.get(mode, {})))
    if mode == "changed":
        send(Changed(0, "tools", ["not_declared"]))


def answer(call):  # noqa: C901, PLR0912 - a list of modes
    good = encode(Result(call.id, pack(ToolOutput(parts=(Text(text="ok"),)))))
    if mode == "half_frame":
        os.write(1, good[:9])
        os._exit(0)
    elif mode == "text":
        os.write(1, b"Traceback (most recent call last):\n  boom\n")
    elif mode == "good_then_text":
        os.write(1, good + b"DEBUG: done\n")
    elif mode == "garbage":
        os.write(1, b"\x00\x00\x00\x20" + b"\xc1" * 32)
    elif mode == "huge_length":
        os.write(1, b"\x00\xff\xff\xff" + b"x" * 64)
    elif mode == "unknown_call":
        send(Result(call.id + 1000))
    elif mode == "overdraft":
        for _ in range(64):
            send(Data(call.id, pack(b"d" * 60000)))
    elif mode == "close":
        os.close(1)
        time.sleep(600)
    elif mode == "child_text":
        if os.fork() == 0:
            os.execvp("echo", ["echo", "a child printed this"])
        os.wait()
    elif mode == "deaf":
        time.sleep(600)
    elif mode == "ignore_cancel":
        pass
    elif mode == "late":
        waiting.append(good)
    elif mode == "unknown_kind":
        os.write(1, b"\x00\x00\x00\x05" + b"\x94\x46\x00\x01\x02" + good)
    elif mode == "bad_fields":
        os.write(1, b"\x00\x00\x00\x05" + b"\x94\x12" + bytes([call.id]) + b"\x01\x02")
    elif mode == "orphan_call":
        send(Call(1, "user.ask", pack({"text": "?"}), parent=0))
        waiting.append(good)
    else:
        os.write(1, good)


for frame in frames():
    if type(frame).__name__ == "Hello":
        if mode == "cat":
            send(frame)
            continue
        greet(frame)
    elif isinstance(frame, Call):
        answer(frame)
    elif isinstance(frame, Cancel) and mode == "late":
        os.write(1, waiting.pop())
    elif type(frame).__name__ == "Error" and mode == "orphan_call":
        os.write(2, f"refused with {frame.code}\n".encode())
        os.write(1, waiting.pop())
    elif isinstance(frame, Ping):
        send(Pong(0, frame.nonce))
    elif isinstance(frame, Drain) and mode != "undrained":
        send(Bye(0))
        sys.exit(0)
