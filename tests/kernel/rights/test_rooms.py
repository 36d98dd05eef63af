"""A room holds what was granted or judged, and nothing more."""

import pytest

from pegboard.rights.granted import Granted
from pegboard.rights.rooms import Owner, Workshop, plugin_room
from pegboard.sandbox.confinement import Network, Tier
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.wire.records import Room

SHOP = Workshop(
    tier=Tier.FORKED, write=("/w",), read=("/tools",), shut=("/w/.git",), hidden=("/w/.env",), scratch="/run/s"
)


def decided(*needs: str, hosts: tuple[str, ...] = ()) -> Room:
    return Room(confined=True, needs=needs, hosts=hosts)


def plugin(granted: Granted, tier: Tier = Tier.FORKED) -> object:
    return plugin_room(granted, tier, code=("/code",), home="/home/p", owner=Owner(), execute=False)


def test_a_plugin_that_was_granted_nothing_sees_its_code_and_its_home() -> None:
    room = plugin_room(Granted(), Tier.FORKED, code=("/code",), home="/home/p", owner=Owner(7, 8), execute=False)
    assert room is not None
    assert (room.read, room.write, room.network, room.execute) == (("/code",), ("/home/p",), Network.NONE, False)
    assert (room.user, room.group) == (7, 8)


def test_hosts_are_reached_through_the_proxy_alone() -> None:
    for granted in (Granted(hosts=("example.org",)), Granted(places=("127.0.0.1:80",)), Granted(hosts=("*",))):
        room = plugin_room(granted, Tier.FORKED, code=(), home="/h", owner=Owner(), execute=False)
        assert room is not None
        assert room.network is Network.PROXY


def test_without_walls_there_is_no_room() -> None:
    assert plugin(Granted(), Tier.NONE) is None


def test_a_command_that_needs_nothing_runs_in_a_closed_room() -> None:
    room = SHOP.confinement(decided())
    assert room is not None
    assert (room.network, room.shut, room.hidden, room.write) == (Network.NONE, ("/w/.git",), ("/w/.env",), ("/w",))


def test_each_need_opens_what_it_names_and_no_more() -> None:
    net, known, repo = (
        SHOP.confinement(decided("network")),
        SHOP.confinement(decided("network", hosts=("packages.example.org",))),
        SHOP.confinement(decided("protected")),
    )
    assert net is not None
    assert known is not None
    assert repo is not None
    assert (net.network, known.network, repo.network) == (Network.HOST, Network.PROXY, Network.NONE)
    assert (net.shut, known.shut, repo.shut) == (("/w/.git",), ("/w/.git",), ())
    assert repo.hidden == ("/w/.env",)


def test_who_may_write_the_repository_knows_who_commits_and_nobody_else_does() -> None:
    shop = Workshop(tier=Tier.FORKED, write=("/w",), read=("/tools",), identity=("/home/me/.gitconfig",))
    repo, closed = shop.confinement(decided("protected")), shop.confinement(decided())
    assert repo is not None
    assert closed is not None
    assert (repo.read, closed.read) == (("/tools", "/home/me/.gitconfig"), ("/tools",))


def test_where_there_are_no_walls_a_confined_command_does_not_run() -> None:
    with pytest.raises(PermissionDenied):
        Workshop(tier=Tier.NONE, write=(), read=()).confinement(decided())
    assert Workshop(tier=Tier.NONE, write=(), read=()).confinement(Room()) is None


def test_what_goes_outside_has_all_rights() -> None:
    assert SHOP.confinement(decided("outside")) is None
