"""Checks of framing and of what later versions may add: cut, merged, unknown, longer, and what is no frame at all."""

from typing import Final

from pegboard_sdk.conformance.bench import EXIT_SECONDS, GRACE_SECONDS, PATIENCE, Bench, Broken
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.conformance.link import Link
from pegboard_sdk.wire.codec import encoder, pack
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.messages import LARGEST_FRAME_BYTES, Call, Error, Ping, Pong, Ready

NO_METHOD: Final = "conformance.no_such_method"
BURST: Final = 40


def frame(*fields: object) -> bytes:
    """A frame of any fields."""
    body = encoder.encode(fields)
    return len(body).to_bytes(4, "big") + body


def ping(link: Link, nonce: int, *more: object) -> None:
    """Ask for a Pong, and wait. Raises Broken when it does not come."""
    link.write(frame(3, 0, nonce, *more))
    if not link.until(lambda: any(pong.nonce == nonce for pong in link.of(Pong)), PATIENCE):
        raise Broken(f"no Pong with nonce {nonce}" + ("; the plugin ended" if link.has_ended else ""))


def takes_split_frames(bench: Bench) -> None:
    """Frames that come byte by byte are understood."""
    with bench.raw() as link:
        for byte in encode(link.hello()):
            link.write(bytes([byte]))
        if link.await_ready() is None:
            raise Broken(f"it did not greet when Hello came byte by byte{bench.said(link)}")
        number = link.next_id()
        for byte in encode(Call(number, NO_METHOD)):
            link.write(bytes([byte]))
        if link.end_of(number, PATIENCE) is None:
            raise Broken("a call that came byte by byte was not answered")


def takes_merged_frames(bench: Bench) -> None:
    """Many frames that come in one piece are understood."""
    with bench.link() as link:
        numbers = [link.next_id() for _ in range(BURST)]
        burst = b"".join(encode(Call(number, NO_METHOD)) for number in numbers)
        link.write(burst + encode(Ping(0, 7)))
        link.until(lambda: all(number in link.order.ended for number in numbers), PATIENCE)
        missing = [number for number in numbers if number not in link.order.ended]
        if missing:
            raise Broken(f"{len(missing)} of {BURST} calls that came in one piece were not answered")
        ping(link, 8)


def skips_unknown_kinds(bench: Bench) -> None:
    """Frames of the kinds 64 to 127, which later versions may add, are skipped."""
    with bench.link() as link:
        link.write(frame(70, 0, "later", {"any": [1]}) + frame(127, 2) + frame(64, 0))
        ping(link, 1)
        number = link.next_id()
        link.write(frame(16, number, NO_METHOD, None) + frame(70, number, b"x"))
        if link.end_of(number, PATIENCE) is None:
            raise Broken("a call before a frame of kind 70 was not answered")
        ping(link, 2)


def ignores_more_fields(bench: Bench) -> None:
    """Fields behind those that are known are ignored, in frames and in payloads."""
    with bench.raw() as link:
        hello = link.hello()
        config = {"workspace": "/", "later": {"a": 1}}
        limits = [*_fields(hello.limits), "later"]
        kernel = ["kernel", "1", 2, "os", "later"]
        link.write(frame(1, 0, hello.versions, hello.token, limits, kernel, [], config, "", "later", {"b": 2}))
        if link.await_ready() is None:
            raise Broken(f"it did not greet when Hello had fields behind those of version 1{bench.said(link)}")
        number = link.next_id()
        has_body = False
        link.write(frame(16, number, NO_METHOD, {}, 0, 0, 0, has_body, "", {}, "later", [1]))
        if link.end_of(number, PATIENCE) is None:
            raise Broken("a Call with fields behind those of version 1 was not answered")
        ping(link, 3, "later")


def takes_short_frames(bench: Bench) -> None:
    """Fields that are left out at the end have their defaults."""
    with bench.raw() as link:
        hello = link.hello()
        link.write(frame(1, 0, hello.versions, hello.token, [], ["kernel", "1"]))
        if link.await_ready() is None:
            raise Broken(f"it did not greet when Hello had only its required fields{bench.said(link)}")
        number = link.next_id()
        link.write(frame(16, number, NO_METHOD))
        if link.end_of(number, PATIENCE) is None:
            raise Broken("a Call of kind, id and method alone was not answered")


def takes_large_frames(bench: Bench) -> None:
    """A frame as large as its own limit is taken (1 MiB at most is tried)."""
    with bench.link() as link:
        size = min(link.of(Ready)[0].limits.max_frame, 1 << 20) - 100
        number = link.next_id()
        link.send(Call(number, NO_METHOD, pack(b"x" * size)))
        if not isinstance(link.end_of(number, PATIENCE), Error):
            raise Broken(f"a call of {size} bytes was not refused as an unknown method{bench.said(link)}")


def gives_up_on_garbage(bench: Bench) -> None:
    """Bytes that are no frame end it: there is no way back to a frame's beginning."""
    kinds = {
        "text": b"this is no frame",
        "a length of 16 MiB": (LARGEST_FRAME_BYTES + 1).to_bytes(4, "big") + b"\x93",
        "a body that is no array": b"\x00\x00\x00\x02\xa1a",
        "a frame of kind 40": frame(40, 0),
    }
    for what, data in kinds.items():
        with bench.link() as link:
            link.write(data)
            link.exit_within(EXIT_SECONDS + GRACE_SECONDS)
            if not link.has_ended:
                raise Broken(f"after {what} it went on; say Bye and exit")


def _fields(limits: object) -> list[object]:
    return [getattr(limits, name) for name in limits.__struct_fields__]  # type: ignore[attr-defined]


CHECKS = (
    Check("split-frames", takes_split_frames),
    Check("merged-frames", takes_merged_frames),
    Check("unknown-kinds", skips_unknown_kinds),
    Check("more-fields", ignores_more_fields),
    Check("fewer-fields", takes_short_frames),
    Check("large-frame", takes_large_frames),
    Check("garbage", gives_up_on_garbage),
)
