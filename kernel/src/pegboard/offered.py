"""What a running plugin says of itself, held against its manifest. Pure; who hears of it, decides."""

from fnmatch import fnmatchcase

from pegboard_sdk.errors import ManifestMismatch
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.messages import Changed, Ready


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
