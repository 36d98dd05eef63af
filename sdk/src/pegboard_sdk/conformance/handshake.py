"""Checks of the handshake: that it is answered, by this plugin, for this manifest, in a version that was offered."""

import hashlib

from pegboard_sdk.conformance.bench import EXIT_SECONDS, GRACE_SECONDS, Bench, Broken
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.wire.messages import LARGEST_FRAME_BYTES, Ready
from pegboard_sdk.wire.proof import proof_of

SMALLEST_LIMIT = 1 << 16


def greets(bench: Bench) -> None:
    """Ready comes within the start timeout."""
    with bench.raw() as link:
        if link.greet() is None:
            seconds = bench.subject.manifest.run.start_timeout_s
            ended = "it ended" if link.has_ended else f"no Ready within {seconds:g} s"
            raise Broken(f"{ended} instead of answering Hello{bench.said(link)}")
        if link.order.faults:
            raise Broken(link.order.faults[0])


def proves(bench: Bench) -> None:
    """The proof is SHA-256(token ‖ manifest hash ‖ "PWP1")."""
    with bench.link() as link:
        ready = link.of(Ready)[0]
        if ready.proof != proof_of(link.token, ready.manifest_sha256):
            raise Broken("the proof does not fit the token of Hello and the manifest's hash of Ready")


def is_the_manifest(bench: Bench) -> None:
    """The manifest's hash is that of the file."""
    with bench.link() as link:
        ready = link.of(Ready)[0]
        wanted = hashlib.sha256(bench.subject.manifest_bytes).digest()
        if ready.manifest_sha256 != wanted:
            raise Broken(
                f"it says {ready.manifest_sha256.hex()[:16]}…, {bench.subject.manifest_path} has {wanted.hex()[:16]}…"
            )


def is_itself(bench: Bench) -> None:
    """Id and release are the manifest's."""
    with bench.link() as link:
        ready, manifest = link.of(Ready)[0], bench.subject.manifest
        if ready.plugin != manifest.id:
            raise Broken(f"it calls itself `{ready.plugin}`, the manifest `{manifest.id}`")
        if ready.release != manifest.version:
            raise Broken(f"it says release `{ready.release}`, the manifest version `{manifest.version}`")


def speaks_a_version(bench: Bench) -> None:
    """Of several versions it takes one that was offered."""
    with bench.raw() as link:
        link.send(link.hello([1, 2, 77]))
        ready = link.await_ready()
        if ready is None or ready.version not in (1, 2, 77) or ready.version not in bench.subject.manifest.wire:
            said = "nothing" if ready is None else str(ready.version)
            raise Broken(f"offered 1, 2 and 77, it took {said}; its manifest has wire {bench.subject.manifest.wire}")


def refuses_other_versions(bench: Bench) -> None:
    """Without a version in common it says so or ends, and does not get ready."""
    with bench.raw() as link:
        link.send(link.hello([99]))
        link.exit_within(EXIT_SECONDS + GRACE_SECONDS)
        if link.of(Ready):
            raise Broken("it got ready although only version 99 was offered")
        if not link.has_ended:
            raise Broken("it neither ended nor closed its channel; send Bye with VERSION_MISMATCH and exit")


def has_sane_limits(bench: Bench) -> None:
    """Its limits can be worked with, and it names no feature that was not offered."""
    with bench.link() as link:
        ready = link.of(Ready)[0]
        if not SMALLEST_LIMIT <= ready.limits.max_frame <= LARGEST_FRAME_BYTES or ready.limits.max_calls < 1:
            raise Broken(
                f"max_frame {ready.limits.max_frame} must be {SMALLEST_LIMIT} to {LARGEST_FRAME_BYTES}, "
                f"max_calls {ready.limits.max_calls} at least 1"
            )
        if ready.features:
            raise Broken(f"it names the features {ready.features}, and none was offered")


def hooks_are_declared(bench: Bench) -> None:
    """Every hook that it names stands in the manifest."""
    with bench.link() as link:
        beyond = sorted(set(link.of(Ready)[0].hooks) - {entry.name for entry in bench.subject.manifest.hook})
        if beyond:
            raise Broken(f"it offers the hook `{beyond[0]}`, which the manifest does not declare")


CHECKS = (
    Check("greets", greets),
    Check("proof", proves),
    Check("manifest-hash", is_the_manifest),
    Check("identity", is_itself),
    Check("version", speaks_a_version),
    Check("no-version", refuses_other_versions),
    Check("limits", has_sane_limits),
    Check("hooks", hooks_are_declared),
)
