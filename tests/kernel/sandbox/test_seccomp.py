"""The filter, instruction by instruction: an interpreter of it says for every call what the kernel would."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.sandbox import numbers
from pegboard.sandbox.seccomp import X32, Room, Verdict, program

MACHINES = tuple(numbers.AUDIT_ARCH)
PID = 4711
WIDE = Room(
    streams=True, datagrams=True, unix=True, execute=True, memory_files=True, metadata=True, alone=True, signals=True
)
NARROW = Room(*(False for _ in Room._fields))


def verdict(code: bytes, machine: str, number: int, *arguments: int, arch: int | None = None) -> Verdict:
    """Run the filter as the kernel does."""
    words = [one & 0xFFFFFFFFFFFFFFFF for one in (*arguments, *(0,) * 6)][:6]
    arch = numbers.AUDIT_ARCH[machine] if arch is None else arch
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, arch, 0, *words)
    lines = list(struct.iter_unpack("=HBBI", code))
    value, place = 0, 0
    while True:
        operation, if_true, if_false, operand = lines[place]
        place += 1
        match operation:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, operand)
            case 0x54:
                value &= operand
            case 0x05:
                place += operand
            case 0x15:
                place += if_true if value == operand else if_false
            case 0x25:
                place += if_true if value > operand else if_false
            case 0x35:
                place += if_true if value >= operand else if_false
            case 0x06:
                return Verdict(operand)


def of(machine: str, name: str) -> int:
    return next(group[name] for group in numbers.of(machine).values() if name in group)


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_another_machines_numbers_end_the_process(machine: str) -> None:
    code = program(WIDE, machine=machine, pid=PID)
    for arch in {0x40000003, 0x40000028, *numbers.AUDIT_ARCH.values()} - {numbers.AUDIT_ARCH[machine]}:
        assert verdict(code, machine, 39, arch=arch) is Verdict.KILL
    if machine == "x86_64":
        assert verdict(code, machine, X32 | 39) is Verdict.KILL


def test_no_filter_for_an_unknown_machine() -> None:
    with pytest.raises(KeyError):
        program(WIDE, machine="riscv64", pid=PID)


@pytest.mark.parametrize("room", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_nobody_needs_is_refused_in_every_room(machine: str, room: Room) -> None:
    code = program(room, machine=machine, pid=PID)
    assert len(numbers.of(machine)["refused"]) > 50
    for name, number in numbers.of(machine)["refused"].items():
        assert verdict(code, machine, number) is Verdict.REFUSE, name


def test_newer_calls_do_not_exist(machine: str) -> None:
    code = program(WIDE, machine=machine, pid=PID)
    assert verdict(code, machine, numbers.LAST_KNOWN + 1) is Verdict.ABSENT
    assert verdict(code, machine, of(machine, "clone3")) is Verdict.ABSENT


@pytest.mark.parametrize("group", [name for name in Room._fields if name in numbers.of("x86_64")])
def test_a_room_decides_its_calls(machine: str, group: str) -> None:
    for room, expected in ((WIDE, Verdict.ALLOW), (WIDE._replace(**{group: False}), Verdict.REFUSE)):
        code = program(room, machine=machine, pid=PID)
        for number in numbers.of(machine)[group].values():
            assert verdict(code, machine, number) is expected


ROWS = [
    # name, arguments, wide room, narrow room
    ("clone", (0x11,), "ALLOW", "ALLOW"),
    ("clone", (0x10000011,), "REFUSE", "REFUSE"),
    ("clone", (0x7C020011,), "REFUSE", "REFUSE"),
    ("unshare", (0x400,), "ALLOW", "ALLOW"),
    ("unshare", (0x20000,), "REFUSE", "REFUSE"),
    ("ioctl", (0, 0x5401), "ALLOW", "ALLOW"),
    ("ioctl", (0, 0x5412), "REFUSE", "REFUSE"),
    ("ioctl", (0, 0x541C), "REFUSE", "REFUSE"),
    ("ioctl", (0, 0x7_0000_5412), "REFUSE", "REFUSE"),
    ("fcntl", (0, 8), "REFUSE", "REFUSE"),
    ("fcntl", (0, 3), "ALLOW", "ALLOW"),
    ("personality", (0xFFFFFFFF,), "ALLOW", "ALLOW"),
    ("personality", (0x40000,), "REFUSE", "REFUSE"),
    ("mknodat", (0, 0, 0o100644), "ALLOW", "ALLOW"),
    ("mknodat", (0, 0, 0o060644), "REFUSE", "REFUSE"),
    ("socket", (1, 1, 0), "ALLOW", "REFUSE"),
    ("socket", (2, 1, 0), "ALLOW", "REFUSE"),
    ("socket", (2, 1 | 0o2000000, 6), "ALLOW", "REFUSE"),
    ("socket", (10, 2, 17), "ALLOW", "REFUSE"),
    ("socket", (2, 3, 1), "REFUSE", "REFUSE"),
    ("socket", (2, 1, 262), "REFUSE", "REFUSE"),
    ("socket", (2, 1, 132), "REFUSE", "REFUSE"),
    ("socket", (0x1_0000_0010, 3, 0), "REFUSE", "REFUSE"),
    ("socket", (16, 3, 0), "REFUSE", "REFUSE"),
    ("socket", (17, 3, 0), "REFUSE", "REFUSE"),
    ("socket", (40, 1, 0), "REFUSE", "REFUSE"),
    ("kill", (PID, 9), "ALLOW", "ALLOW"),
    ("kill", (1, 9), "ALLOW", "REFUSE"),
    ("kill", (-1, 9), "ALLOW", "REFUSE"),
    ("tkill", (PID, 9), "ALLOW", "REFUSE"),
    ("tgkill", (PID, 5, 9), "ALLOW", "ALLOW"),
    ("tgkill", (1, 1, 9), "ALLOW", "REFUSE"),
    ("prlimit64", (0,), "ALLOW", "ALLOW"),
    ("prlimit64", (1,), "ALLOW", "REFUSE"),
    ("setpriority", (0, 0), "ALLOW", "ALLOW"),
    ("setpriority", (2, 0), "ALLOW", "REFUSE"),
    ("ioprio_set", (1, 0), "ALLOW", "ALLOW"),
    ("ioprio_set", (1, 7), "ALLOW", "REFUSE"),
    ("utimensat", (3, 0, 0), "ALLOW", "ALLOW"),
    ("utimensat", (3, 0x7F0000000000, 0), "ALLOW", "REFUSE"),
    ("utimensat", (3, 0x1000, 0), "ALLOW", "REFUSE"),
]


@pytest.mark.parametrize(("name", "arguments", "wide", "narrow"), ROWS)
def test_arguments_decide(machine: str, name: str, arguments: tuple[int, ...], wide: str, narrow: str) -> None:
    for room, expected in ((WIDE, wide), (NARROW, narrow)):
        code = program(room, machine=machine, pid=PID)
        assert verdict(code, machine, of(machine, name), *arguments).name == expected


@given(st.integers(0, numbers.LAST_KNOWN), st.lists(st.integers(0, 2**64 - 1), max_size=6))
def test_a_narrower_room_allows_nothing_more(number: int, arguments: list[int]) -> None:
    for machine in MACHINES:
        wide, narrow = (program(room, machine=machine, pid=PID) for room in (WIDE, NARROW))
        if verdict(wide, machine, number, *arguments) is not Verdict.ALLOW:
            assert verdict(narrow, machine, number, *arguments) is not Verdict.ALLOW


def test_every_looked_into_call_has_a_test() -> None:
    """A name in the table that nothing looks into would be allowed."""
    code = program(NARROW, machine="x86_64", pid=PID)
    odd = (0x7E020011, 0x5412, 0o060000, 1, 1, 1)
    shapes = (odd, (0x7E020011, 8, 0o060000), (0, 0x5412), (0, 0o060000), (0x7E020011, 1, 0o060000, 7))
    for name, number in numbers.of("x86_64")["-"].items():
        assert any(verdict(code, "x86_64", number, *shape) is not Verdict.ALLOW for shape in shapes), name
