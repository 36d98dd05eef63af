"""Nothing gets out: every probe of `probing`, in every tier, as root and as an ordinary user; and each can succeed.

A probe that comes about inside is an escape. The control runs the same probes without walls: those that come about
there show that the walls stopped them, and not the machine.
"""

import os
import sys
from pathlib import Path

import pytest
from escape_ground import SHUT, Ground, Who, ground, people
from needing import absent
from probing import PROBES

from pegboard.sandbox import bubblewrap, landlock
from pegboard.sandbox.confinement import Tier

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

TIERS = (Tier.FORKED, Tier.EXECUTED, Tier.LANDLOCK)
ESCAPES = [name for name in PROBES if not name.startswith("use_")]
USEFUL = set(PROBES) - set(ESCAPES)
PROGRAMS = {"execute_program", "execute_own_file", "execute_memory"}
LINKS = ("shut_link_write", "shut_link_replace")
CASES = [
    pytest.param(tier, who, execute, id=f"{tier.value}-{who.name}-{'programs' if execute else 'plugin'}")
    for tier in TIERS
    for who in people()
    for execute in (False, True)
    if not (tier is Tier.LANDLOCK and who.ends_as == 0)
]

ABSENT = {
    "proc_first_environ", "proc_first_root", "tcp_metadata", "device_memory", "host_terminals", "kernel_memory",
    "magic_keys", "read_private_keys", "crypto_socket", "sctp", "multipath_tcp", "newer_call", "other_numbering",
    "other_machine",
    "load_module", "load_module_file", "unload_module", "kexec", "setuid_program", "become_root",
    "device_disk", "device_console", "performance_counters", "list_root_home", "userfaultfd", "set_attribute",
    "kernel_log", "io_uring", "io_uring_enter", "make_disk", "device_kernel_log", "tcp_fast_open",
}  # fmt: skip
"""What some machine lacks, or keeps from its own root, so that the control may not show it."""
ROOTS = {
    "read_shadow", "write_system", "write_settings", "core_pattern", "host_name_by_file", "memory_setting",
    "memory_pages", "cgroup_move", "make_character_device", "raw_socket", "packet_socket", "unshare_mounts",
    "unshare_network", "unmount", "pivot_root", "chroot", "open_file_system", "open_tree", "move_mount",
    "mount_attributes", "reboot", "swap", "host_name", "domain_name", "accounting", "capabilities", "change_owner",
    "bpf", "unshare_users", "clone_users", "clone3_users", "mount", "clock", "clock_steering", "quota", "watch_files",
    "file_by_handle", "list_mounts",
}  # fmt: skip
"""What an ordinary user may not do anyway, on some machines."""
SHOWN_AT_LEAST = 60


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that could change in a folder, but for times of reading."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, status.st_size, content)
    return found


def shut_state(here: Ground) -> dict[str, object]:
    """What is at the names that are shut; the parent's times may change."""
    paths = [here.workspace / name.rstrip("/") for name in SHUT]
    return {str(path): state(path) if path.is_dir() else os.path.lexists(path) and path.read_bytes() for path in paths}


def available(tier: Tier) -> None:
    if not landlock.abi():
        absent("Landlock")
    if tier is Tier.EXECUTED and not any(os.path.exists(place) for place in bubblewrap.PLACES):
        absent("bubblewrap")


@pytest.mark.parametrize(("tier", "who", "execute"), CASES)
def test_nothing_escapes_and_what_was_granted_works(tier: Tier, who: Who, execute: bool) -> None:
    available(tier)
    assert len(ESCAPES) >= SHOWN_AT_LEAST
    linked = tier is Tier.EXECUTED  # bubblewrap refuses to shut links: see test_entering
    shut = [name for name in SHUT if not (linked and name == "CLAUDE.md")]
    names = [name for name in PROBES if not (linked and name in LINKS)]
    with ground(who) as here:
        outside, protected = state(here.outside), shut_state(here)
        found = here.probe(here.confinement(tier, execute=execute, shut=shut), names)
        assert set(found) == set(names)
        escaped = {name for name, why in found.items() if not why and name in ESCAPES}
        assert escaped - PROGRAMS == set()
        assert escaped == ({*PROGRAMS} - frozen(tier) if execute else set())
        assert state(here.outside) == outside
        assert shut_state(here) == protected
        unlike = {"use_own_services"} if not execute or tier is Tier.LANDLOCK else set()
        stopped = {name: why for name, why in found.items() if why and name in USEFUL}
        assert {name: why for name, why in stopped.items() if name not in unlike | frozen(tier)} == {}


@pytest.mark.parametrize("who", people(), ids=lambda who: who.name)
def test_nothing_escapes_from_an_executed_plugin_in_walls_of_its_fork(who: Who) -> None:
    available(Tier.FORKED)
    with ground(who) as here:
        outside, protected = state(here.outside), shut_state(here)
        found = here.probe(here.confinement(Tier.FORKED), list(PROBES), executed=True)
        assert {name for name, why in found.items() if not why and name in ESCAPES} == set()
        assert state(here.outside) == outside
        assert shut_state(here) == protected
        assert {name for name, why in found.items() if why and name in USEFUL} == {"use_own_services"}


AHEAD = """
from pegboard.sandbox import enter
def ahead(room, *, enter=enter, **more):
    import os
    child, lay = enter.fork_ahead(room)
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    enter.move_in(lay(), room, **more)
enter.enter = ahead
"""
"""As a runner does whose room was begun before its command came."""


@pytest.mark.parametrize("who", people(), ids=lambda who: who.name)
def test_nothing_escapes_from_a_room_that_was_begun_ahead(who: Who) -> None:
    available(Tier.FORKED)
    with ground(who) as here:
        shut = [name for name in SHUT if os.path.lexists(here.workspace / name.rstrip("/"))]
        scratch = here.folder / "scratch"
        for folder in (scratch, scratch / "home"):
            folder.mkdir()
            os.chown(folder, who.ends_as, who.ends_as)
        outside, protected = state(here.outside), shut_state(here)
        room = here.confinement(Tier.FORKED, execute=True, shut=shut, scratch=str(scratch), home="/home/somebody")
        # Names that are missing are shut by placeholders alone, and what needs those is not begun ahead.
        found = here.probe(room, [name for name in PROBES if "missing" not in name], before=[AHEAD])
        assert {name for name, why in found.items() if not why and name in ESCAPES} == PROGRAMS
        assert state(here.outside) == outside
        assert {name: what for name, what in shut_state(here).items() if what} == {
            n: w for n, w in protected.items() if w
        }
        assert {name: why for name, why in found.items() if why and name in USEFUL} == {}


def frozen(tier: Tier) -> set[str]:
    """With Landlock alone new names beside shut ones, modes and everybody's /tmp are closed."""
    alone = {"use_create_at_the_top", "use_mode", "use_temporary", "execute_own_file"}
    return alone if tier is Tier.LANDLOCK else set()


@pytest.mark.parametrize(
    "user", sorted({who.ends_as for who in people()}), ids=lambda user: "root" if not user else "user"
)
def test_each_probe_comes_about_without_walls(user: int) -> None:
    who = Who("control", user)
    with ground(who) as here:
        stopped = {name: why for name, why in here.probe(None, ESCAPES).items() if why}
    excused = {name for name in stopped if name in ABSENT | (ROOTS if user else set())}
    unshown = {}
    for name in set(stopped) - excused:  # an earlier probe may have taken what this one needed
        with ground(who) as here:
            unshown |= {one: why for one, why in here.probe(None, [name]).items() if why}
    assert unshown == {}
    assert len(ESCAPES) - len(excused) >= SHOWN_AT_LEAST
