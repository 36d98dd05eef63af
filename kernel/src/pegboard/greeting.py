"""The handshake with a plugin, and what it says of itself held against its manifest. What follows, others decide."""

from fnmatch import fnmatchcase

import trio

from pegboard.birth import Birth
from pegboard_sdk.errors import ManifestMismatch, StartFailed
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.messages import Changed, Hello, Ready
from pegboard_sdk.wire.peer import Peer


async def greet(peer: Peer, birth: Birth, hello: Hello, *, is_said: bool) -> None:
    """Say hello, unless that was done, and hold the answer against the manifest.

    Raises StartFailed or one of its kind, also when no answer comes in the time that the manifest gives.
    """
    seconds = birth.manifest.run.start_timeout_s
    with trio.move_on_after(seconds):
        check_ready(await peer.greet(hello, is_said=is_said), birth.manifest, birth.manifest_sha256)
        return
    raise StartFailed(f"it did not answer our hello within {seconds:g} s")


def check_ready(ready: Ready, manifest: Manifest, sha256: bytes) -> None:
    """Raises ManifestMismatch when it is another plugin, was made from another manifest, or implements more."""
    if ready.plugin != manifest.id:
        raise ManifestMismatch(f"it says that it is `{ready.plugin}`; installed is `{manifest.id}`")
    if ready.manifest_sha256 != sha256:
        raise ManifestMismatch("it was made from another pegboard.toml than the one that is installed; reinstall it")
    more = sorted(set(ready.hooks) - {entry.name for entry in manifest.hook})
    if more:
        raise ManifestMismatch(f"it implements the hook `{more[0]}`, which its manifest does not declare")


def check_changed(changed: Changed, manifest: Manifest) -> None:
    """Raises ManifestMismatch when a list that it makes at run time goes beyond the pattern that was declared."""
    pattern = {"tools": manifest.dynamic.tools, "models": manifest.dynamic.models}.get(changed.what, "")
    more = [name for name in changed.names if not fnmatchcase(name, pattern)]
    if more or not pattern:
        declared = f"only `{pattern}`" if pattern else "none"
        raise ManifestMismatch(f"it offers {changed.what} {', '.join(more[:3])}; its manifest declares {declared}")
