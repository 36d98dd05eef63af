"""The plugin's half of the handshake: what it says of itself when the kernel has said hello. Both runtimes use it."""

import hashlib
import os

import msgspec

from pegboard_sdk.errors import InvalidParams, ProtocolViolation, VersionMismatch
from pegboard_sdk.offer import Offer
from pegboard_sdk.plugin import MANIFEST
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.messages import LARGEST_FRAME_BYTES, NIL, Frame, Hello, Limits, Peek, Ready
from pegboard_sdk.wire.methods import Setup
from pegboard_sdk.wire.proof import proof_of

WIRE_MAJOR = 1

LIMITS = Limits(max_frame=LARGEST_FRAME_BYTES)
"""What a plugin of this SDK takes: whole conversations come in one frame."""


def hello_in(frame: "Frame | Peek | ProtocolViolation") -> Hello:
    """The first frame, which must be a Hello of our major. Raises ProtocolViolation or VersionMismatch."""
    if isinstance(frame, ProtocolViolation):
        raise frame
    if not isinstance(frame, Hello):
        raise ProtocolViolation(f"the first frame is a {type(frame).__name__}, where Hello was due")
    if WIRE_MAJOR not in frame.versions:
        raise VersionMismatch(f"the kernel speaks wire {frame.versions}, this plugin {WIRE_MAJOR}")
    return frame


def setup_in(hello: Hello) -> Setup:
    """The plugin's configuration. Raises InvalidParams when it cannot be read."""
    if bytes(hello.config) == bytes(NIL):
        return Setup()
    try:
        return msgspec.msgpack.decode(hello.config, type=Setup)
    except BAD_BODY as error:
        raise InvalidParams(f"Hello.config: {error}") from None


def ready_for(hello: Hello, offer: Offer) -> Ready:
    """The answer to a Hello, with the manifest as it lies beside the plugin now."""
    manifest = _manifest(offer.plugin.package_dir)
    digest = hashlib.sha256(manifest).digest()
    return Ready(
        0,
        WIRE_MAJOR,
        proof_of(hello.token, digest),
        offer.plugin.id,
        _release(manifest),
        digest,
        LIMITS,
        [],
        offer.hook_names,
    )


def _manifest(folder: str) -> bytes:
    """Empty where there is none: the kernel then refuses the plugin by its hash."""
    try:
        with open(os.path.join(folder, MANIFEST), "rb") as file:
            return file.read()
    except OSError:
        return b""


def _release(manifest: bytes) -> str:
    """The version, for people. Found without a TOML parser, which would cost a start more than all else here."""
    for line in manifest.splitlines():
        key, _, value = line.partition(b"=")
        if line.startswith(b"["):
            break
        if key.strip() == b"version":
            return value.partition(b"#")[0].strip().strip(b"\"'").decode("utf-8", "replace")
    return ""
