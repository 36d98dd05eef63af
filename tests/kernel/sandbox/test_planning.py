"""What is planned before anything is done: mounts, Landlock's rules, rooms, the Seatbelt profile, bounds."""

import os
import sys
from pathlib import Path

import pytest

from pegboard.sandbox import bounds, landlock, probe, seatbelt, system, tree, walls
from pegboard.sandbox.confinement import Bounds, Confinement, Network, Tier
from pegboard.sandbox.starting import confine
from pegboard.sandbox.tree import Kind
from pegboard.spawner.messages import Launch

linux = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")


def planned(workspace: Path, *shut: str, **more: object) -> dict[str, Kind]:
    room = Confinement(
        tier=Tier.FORKED,
        write=(str(workspace),),
        shut=tuple(f"{workspace}/{name}" for name in shut),
        **more,  # type: ignore[arg-type]
    )
    return {mount.target: mount.kind for mount in tree.plan(room, processes=True, user=1, group=1)}


class TestTree:
    def test_folders_above_what_is_shut_are_pinned(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "b" / ".git").mkdir(parents=True)
        plan = planned(tmp_path, "a/b/.git")
        assert plan[str(tmp_path)] is Kind.WRITE
        assert plan[str(tmp_path / "a")] is plan[str(tmp_path / "a" / "b")] is Kind.PIN
        assert plan[str(tmp_path / "a" / "b" / ".git")] is Kind.SHUT
        order = list(plan)
        assert order.index(str(tmp_path / "a")) < order.index(str(tmp_path / "a" / "b" / ".git"))

    def test_a_link_and_what_it_leads_to_are_shut(self, tmp_path: Path) -> None:
        (tmp_path / "AGENTS.md").touch()
        (tmp_path / "CLAUDE.md").symlink_to("AGENTS.md")
        plan = planned(tmp_path, "CLAUDE.md")
        assert plan[str(tmp_path / "CLAUDE.md")] is plan[str(tmp_path / "AGENTS.md")] is Kind.SHUT

    def test_what_is_shut_outside_what_is_granted_is_no_mount(self, tmp_path: Path) -> None:
        assert Kind.SHUT not in planned(tmp_path, "../elsewhere").values()

    def test_hosts_names_are_there_only_with_the_hosts_network(self, tmp_path: Path) -> None:
        assert "/etc/resolv.conf" not in planned(tmp_path)
        if os.path.exists("/etc/resolv.conf"):
            assert "/etc/resolv.conf" in planned(tmp_path, network=Network.HOST)

    def test_only_a_front_end_has_the_terminal(self, tmp_path: Path) -> None:
        assert system.TERMINAL not in planned(tmp_path)
        if os.path.exists(system.TERMINAL):
            assert planned(tmp_path, terminal=True)[system.TERMINAL] is Kind.DEVICE

    def test_keys_and_homes_are_no_part_of_the_system(self) -> None:
        shown = (*system.PROGRAMS, *system.SETTINGS, *system.NAMES_OF_HOSTS, *system.DEVICES)
        for secret in ("/etc/ssl/private", "/etc/shadow", "/home", "/root", "/run", "/var", "/sys", "/dev/mem"):
            assert not system.is_below(secret, shown)


class TestAround:
    def test_without_holes_all_of_it(self, tmp_path: Path) -> None:
        assert landlock.around(str(tmp_path), [f"{tmp_path}-else"]) == [str(tmp_path)]

    def test_beside_a_hole_what_is_there(self, tmp_path: Path) -> None:
        for name in ("src", ".git", "pkg/.husky", "pkg/lib"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "away").symlink_to("/")
        found = landlock.around(str(tmp_path), [str(tmp_path / ".git"), str(tmp_path / "pkg" / ".husky")])
        assert sorted(found) == [str(tmp_path / "pkg" / "lib"), str(tmp_path / "src")]

    def test_a_missing_hole_closes_its_folder(self, tmp_path: Path) -> None:
        (tmp_path / "src").mkdir()
        assert landlock.around(str(tmp_path), [str(tmp_path / ".vscode")]) == [str(tmp_path / "src")]

    def test_nothing_of_what_is_a_hole_itself(self, tmp_path: Path) -> None:
        assert landlock.around(str(tmp_path), [str(tmp_path)]) == []


class TestRooms:
    @pytest.mark.parametrize("execute", [False, True])
    def test_landlock_alone_has_no_sockets_without_the_hosts_network(self, execute: bool) -> None:
        room = walls.room(Confinement(tier=Tier.LANDLOCK, execute=execute), version=7, executed=False, processes=False)
        assert not any((room.streams, room.datagrams, room.unix, room.metadata, room.alone))

    def test_whoever_holds_folders_from_outside_names_no_sockets_and_no_modes(self) -> None:
        room = walls.room(
            Confinement(tier=Tier.FORKED, execute=True, handed=("/x",)), version=7, executed=False, processes=True
        )
        assert not any((room.unix, room.metadata))

    def test_abstract_sockets_of_the_host_need_landlocks_word(self) -> None:
        confinement = Confinement(tier=Tier.FORKED, execute=True, network=Network.HOST)
        rooms = [walls.room(confinement, version=one, executed=False, processes=True) for one in (5, 6)]
        assert [room.unix for room in rooms] == [False, True]

    @linux
    def test_scripts_need_their_interpreter(self, tmp_path: Path) -> None:
        script = tmp_path / "tool"
        script.write_text("#!/bin/sh -e\n")
        needed = walls.needed_by(str(script))
        assert needed[0] == str(script)
        assert os.path.realpath("/bin/sh") in needed


class TestSeatbelt:
    def test_paths_are_never_part_of_the_text(self) -> None:
        odd = '/w") (allow default) (subpath "'
        profile = seatbelt.profile(
            Confinement(tier=Tier.SEATBELT, read=(odd,), write=(odd,), shut=(odd,), hidden=(odd,), scratch=odd),
            programs=[odd],
        )
        assert odd not in profile.text
        assert "allow default" not in profile.text
        assert set(profile.parameters.values()) == {odd}
        assert all(f'(param "{name}")' in profile.text for name in profile.parameters)

    def test_denials_come_last(self) -> None:
        profile = seatbelt.profile(
            Confinement(tier=Tier.SEATBELT, write=("/w",), shut=("/w/.git/",), hidden=("/w/.env",))
        )
        lines = profile.text.splitlines()
        assert lines[:2] == ["(version 1)", "(deny default)"]
        assert [line.split("(")[1].split()[0] for line in lines[-2:]] == ["deny", "deny"]
        assert profile.parameters["SHUT_0"] == "/w/.git"

    @pytest.mark.parametrize(
        ("network", "found"), [(Network.NONE, ""), (Network.PROXY, '"localhost:8123"'), (Network.HOST, "(remote ip)")]
    )
    def test_the_network_is_none_the_proxys_port_or_all(self, network: Network, found: str) -> None:
        text = seatbelt.profile(Confinement(tier=Tier.SEATBELT, network=network), port=8123).text
        assert ("network-outbound" in text) == bool(found)
        assert found in text

    def test_programs_are_named_unless_all_may_run(self) -> None:
        some = seatbelt.profile(Confinement(tier=Tier.SEATBELT), programs=["/bin/one"])
        every = seatbelt.profile(Confinement(tier=Tier.SEATBELT, execute=True))
        assert '(allow process-exec (subpath (param "PROGRAM_0")))' in some.text
        assert "(allow process-exec)" in every.text
        assert "(allow process-exec)" not in some.text

    def test_the_command_gives_the_parameters(self) -> None:
        command = seatbelt.profile(Confinement(tier=Tier.SEATBELT, write=("/w",))).command(["/bin/ls", "-l"])
        assert command[:2] == ["/usr/bin/sandbox-exec", "-p"]
        assert command[-3:] == ["--", "/bin/ls", "-l"]
        assert command[command.index("-D") + 1] in {"READ_0=/w", "WRITE_0=/w"}


@linux
class TestGroups:
    def test_a_delegated_group_gets_a_leaf(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        parent = tmp_path / "user.slice"
        parent.mkdir()
        (parent / "cgroup.subtree_control").write_text("cpu memory pids")
        (parent / "pegboard-1").mkdir()
        own = tmp_path / "own"
        own.write_text("1:cpu:/x\n0::/user.slice/peg.scope\n")
        monkeypatch.setattr(bounds, "_set", lambda *_: None)
        bounds.limit(Bounds(memory_bytes=1 << 20, processes=9), own_users=True, groups=tmp_path, own=str(own))
        leaf = parent / f"pegboard-{os.getpid()}"
        assert (leaf / "memory.max").read_text() == str(1 << 20)
        assert (leaf / "pids.max").read_text() == "9"
        assert (leaf / "cgroup.procs").read_text() == str(os.getpid())
        assert not (parent / "pegboard-1").exists()

    def test_without_delegation_limits_are_set(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        said: list[int] = []
        monkeypatch.setattr(bounds, "_set", lambda kind, most: said.append(most))
        bounds.limit(Bounds(memory_bytes=5, processes=7), own_users=True, groups=tmp_path, own=str(tmp_path / "none"))
        assert said == [0, 5, 7]


@linux
class TestProbe:
    def test_what_works_is_found_and_kept(self, tmp_path: Path) -> None:
        found = probe.found(cache=tmp_path)
        (kept,) = tmp_path.iterdir()
        assert set(found.missing) == {tier.value for tier in probe.TRIED} - {tier.value for tier in found.tiers}
        assert all("\n" not in sentence for sentence in found.missing.values())
        if os.environ.get("CI"):
            assert {Tier.FORKED, Tier.EXECUTED} <= set(found.tiers), found
        began = os.times().children_user
        assert probe.found(cache=tmp_path) == found
        assert os.times().children_user == began
        kept.write_text("garbage")
        assert probe.found(cache=tmp_path).tiers == found.tiers

    def test_a_missing_bubblewrap_names_its_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probe.bubblewrap, "PLACES", ("/nowhere/bwrap",))
        assert "install the package `bubblewrap`" in probe._repair(Tier.EXECUTED, "said")

    @pytest.mark.parametrize(
        ("name", "value", "repair"),
        [
            ("kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor_restrict_unprivileged_userns=0"),
            ("user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
            ("kernel/unprivileged_userns_clone", "0", "unprivileged_userns_clone=1"),
        ],
    )
    def test_a_known_reason_gets_its_repair(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, repair: str
    ) -> None:
        monkeypatch.setattr(probe, "_text", lambda path: value if path.endswith(name) else "")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert repair in probe._repair(Tier.FORKED, "said")

    def test_without_landlock_that_is_the_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probe.landlock, "abi", lambda: 0)
        assert "`lsm=`" in probe._repair(Tier.LANDLOCK, "said")

    def test_an_unknown_reason_is_passed_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(probe, "_text", lambda path: "")
        assert probe._repair(Tier.FORKED, "what was\n said") == "what was said"

    def test_a_program_is_started_by_it(self, tmp_path: Path) -> None:
        room = Confinement(tier=Tier.SEATBELT, write=(str(tmp_path),))
        command = confine(Launch(env={}, cwd="/", argv=("/bin/sh", "-c", "x"), confinement=room), (), passing_fd=-1)
        assert command[:2] == [seatbelt.PROGRAM, "-p"]
        assert command[-4:] == ["--", "/bin/sh", "-c", "x"]
        assert "PROGRAM_0=/bin/sh" in command
        assert f"WRITE_0={tmp_path}" in command
