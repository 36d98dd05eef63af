"""What one plugin process is made of: its manifest, its launch, and what it is told at the handshake."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.launching import launch_of
from pegboard.places import Places, private
from pegboard.registry import Registry
from pegboard.spawner.messages import Launch
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.methods import Setup

INSTANCE_MARK: Final = "@"


class Birth(Struct, frozen=True, kw_only=True):
    """`instance` is the plugin's id, with `@name` where a user has several of it."""

    instance: str
    manifest: Manifest
    manifest_sha256: bytes
    launch: Launch
    setup: Setup


class Births:
    """Makes them. `setup_of` gives an instance its settings and secrets."""

    def __init__(
        self,
        registry: Registry,
        places: Places,
        *,
        environ: Mapping[str, str],
        workspace: str,
        setup_of: Callable[[str, Manifest], Setup],
    ) -> None:
        self._registry = registry
        self._places = places
        self._environ = environ
        self._workspace = workspace
        self._setup_of = setup_of

    def of(self, instance: str) -> Birth:
        """Raises as the registry does for a plugin that is about to start, PermissionDenied for another's folder."""
        plugin = instance.partition(INSTANCE_MARK)[0]
        found, manifest = self._registry.admitted(plugin), self._registry.manifest(plugin)
        home = private(self._places.data / "private" / instance.replace("/", "_"))
        pycache = self._places.cache / "pycache" / plugin
        given = self._setup_of(instance, manifest)
        return Birth(
            instance=instance,
            manifest=manifest,
            manifest_sha256=found.manifest_sha256,
            launch=launch_of(
                found, manifest, environ=self._environ, workspace=self._workspace, home=home, pycache=pycache
            ),
            setup=msgspec.structs.replace(
                given, instance=instance, data_dir=str(home), workspace=given.workspace or self._workspace
            ),
        )
