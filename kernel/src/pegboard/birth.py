"""What one plugin process is made of: its manifest, its launch, and what it is told at the handshake."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.launching import launch_of
from pegboard.places import Places, private
from pegboard.proxy.hosts import Hosts
from pegboard.registry import Registry
from pegboard.rights.run import Admitted, Rights
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
    hosts: Hosts | None = None
    """What the proxy lets through for it, where it has one."""


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
        rights: Rights | None = None,
    ) -> None:
        self._registry = registry
        self._places = places
        self._environ = environ
        self._workspace = workspace
        self._setup_of = setup_of
        self._rights = rights

    def of(self, instance: str) -> Birth:
        """Raises as the registry does for a plugin that is about to start, StartFailed for one that may not here,
        PermissionDenied for another's folder. Without rights nothing is confined."""
        plugin = instance.partition(INSTANCE_MARK)[0]
        found, manifest = self._registry.admitted(plugin), self._registry.manifest(plugin)
        living = f"private{self._rights.mark}" if self._rights else "private"
        home = private(self._places.data / living / instance.replace("/", "_"))
        pycache = self._places.cache / "pycache" / plugin
        given = self._setup_of(instance, manifest)
        admitted = self._rights.admit(found, manifest, given.settings, home) if self._rights else Admitted()
        return Birth(
            instance=instance,
            manifest=manifest,
            manifest_sha256=found.manifest_sha256,
            launch=launch_of(
                found,
                manifest,
                environ=self._environ,
                workspace=self._workspace,
                home=home,
                pycache=pycache,
                admitted=admitted,
            ),
            setup=msgspec.structs.replace(
                given,
                instance=instance,
                data_dir=str(home),
                workspace=given.workspace or self._workspace,
                roots=self._rights.roots if self._rights else (),
                secrets=admitted.secrets(given.secrets),
            ),
            hosts=admitted.hosts,
        )
