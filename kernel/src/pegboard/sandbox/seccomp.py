"""The filter of system calls: what a confined process may ask of the kernel at all. Assembled here as BPF.

It refuses by name what no confined process needs, looks into the arguments where that decides, and says of every call
newer than its table that there is none. Another machine's numbering (32 bits, x32) ends the process: there the same
number is another call.
"""

import ctypes
import errno
import struct
from enum import IntEnum
from typing import Final, NamedTuple

from pegboard.sandbox import calls, numbers

MODE_FILTER: Final = 2
WORD: Final = 0xFFFFFFFF
X32: Final = 0x40000000

NAMESPACES: Final = 0x7E020080
"""Every CLONE_NEW* flag."""
AF_UNIX, AF_INET = 1, (2, 10)
STREAM, DATAGRAM = 1, 2
TCP, UDP = 6, 17
FILE_KIND, DEVICES = 0o170000, (0o020000, 0o060000)
OWNERS, SET_OWNER, INPUT = (0x8901, 0x8902), (8, 15), (0x5412, 0x541C)
"""FIOSETOWN, SIOCSPGRP, F_SETOWN and F_SETOWN_EX have signals sent to others; TIOCSTI and TIOCLINUX put words into a
terminal's mouth."""

_LOAD, _JUMP, _JEQ, _JGT, _JGE, _AND, _RET = 0x20, 0x05, 0x15, 0x25, 0x35, 0x54, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16


class Verdict(IntEnum):
    """What the kernel does with a call."""

    ALLOW = 0x7FFF0000
    KILL = 0x80000000
    REFUSE = 0x00050000 | errno.EPERM
    ABSENT = 0x00050000 | errno.ENOSYS


class Test(NamedTuple):
    """Half an argument (`word` 2n is the low half of argument n) under a mask; None goes on to the next test."""

    word: int
    values: tuple[int, ...]
    hit: Verdict | None
    miss: Verdict | None
    mask: int = WORD


class Room(NamedTuple):
    """What the filter depends on. Plain values: an executed plugin's prologue is handed one."""

    streams: bool
    """TCP sockets."""
    datagrams: bool
    unix: bool
    """Sockets in the file system and abstract ones; a pair is always there."""
    execute: bool
    memory_files: bool
    metadata: bool
    """Modes, owners and times by name."""
    alone: bool
    """In process and IPC namespaces of its own, so that it can name nobody else's."""
    signals: bool
    """To other processes than itself: only where a namespace or Landlock says which."""


def program(room: Room, *, machine: str, pid: int) -> bytes:
    """The filter's instructions. Raises KeyError for a machine without a table."""
    lines = [
        _line(_LOAD, _ARCH),
        _line(_JEQ, numbers.AUDIT_ARCH[machine], 1, 0),
        _line(_RET, Verdict.KILL),
        _line(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [_line(_JGE, X32, 0, 1), _line(_RET, Verdict.KILL)]
    lines += [_line(_JGT, numbers.LAST_KNOWN, 0, 1), _line(_RET, Verdict.ABSENT)]
    table = numbers.of(machine)
    for group, numbered in table.items():
        if group == "refused" or not getattr(room, group, True):
            for number in numbered.values():
                lines += [_line(_JEQ, number, 0, 1), _line(_RET, Verdict.REFUSE)]
    tests = _tests(room, pid)
    for name, number in table["-"].items():
        block = _block(*tests[name]) if name in tests else []
        lines += [_line(_JEQ, number, 0, len(block)), *block] if block else []
    return b"".join([*lines, _line(_RET, Verdict.ALLOW)])


def load(instructions: bytes) -> None:
    """Put this process and all that it starts under the filter, for ever. Raises OSError."""
    code = ctypes.create_string_buffer(instructions, len(instructions))
    header = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(code))
    calls.prctl("the filter of system calls", calls.PR_SET_SECCOMP, MODE_FILTER, header)


def _tests(room: Room, pid: int) -> dict[str, tuple[tuple[Test, ...], Verdict]]:
    """The tests of each call, and what happens when none of them decided."""
    allow, refuse = Verdict.ALLOW, Verdict.REFUSE
    same = (Test(0, (0,), allow, refuse, NAMESPACES),), refuse
    devices = [(Test(2 * place, DEVICES, refuse, allow, FILE_KIND),) for place in (1, 2)]
    found = {
        "clone": same,
        "unshare": same,
        "clone3": ((), Verdict.ABSENT),
        "fcntl": ((Test(2, SET_OWNER, refuse, allow),), allow),
        "ioctl": ((Test(2, (*INPUT, *OWNERS), refuse, allow),), allow),
        "mknod": (devices[0], allow),
        "mknodat": (devices[1], allow),
        "personality": ((Test(0, (0, WORD), allow, refuse),), refuse),
        "socket": (_sockets(room), refuse),
    }
    if not room.metadata:
        found["utimensat"] = (Test(2, (0,), None, refuse), Test(3, (0,), allow, refuse)), refuse
    if not room.signals:
        own = (Test(0, (pid,), allow, refuse),), refuse
        found |= dict.fromkeys(("kill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "tgkill"), own)
        found |= dict.fromkeys(("tkill", "pidfd_send_signal"), ((), refuse))
    if not room.alone:
        own = (Test(0, (0, pid), allow, refuse),), refuse
        names = ("prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")
        found |= dict.fromkeys(names, own)
        for name, itself in (("setpriority", 0), ("ioprio_set", 1)):
            found[name] = (Test(0, (itself,), None, refuse), Test(2, (0,), allow, refuse)), refuse
    return found


def _sockets(room: Room) -> tuple[Test, ...]:
    """Families, kinds and protocols; MPTCP and SCTP are streams that Landlock does not know, so TCP is named."""
    allow, refuse = Verdict.ALLOW, Verdict.REFUSE
    tests = [Test(0, (AF_UNIX,), allow, None)] if room.unix else []
    kinds = (*((STREAM,) if room.streams else ()), *((DATAGRAM,) if room.datagrams else ()))
    if kinds:
        tests += [
            Test(0, AF_INET, None, refuse),
            Test(2, kinds, None, refuse, 0xF),
            Test(4, (0, TCP, UDP), allow, refuse),
        ]
    return tuple(tests)


def _block(tests: tuple[Test, ...], otherwise: Verdict) -> list[bytes]:
    lines = []
    for test in tests:
        lines.append(_line(_LOAD, _ARGUMENTS + 4 * test.word))
        if test.mask != WORD:
            lines.append(_line(_AND, test.mask))
        hit = [] if test.hit is None else [_line(_RET, test.hit)]
        miss = _line(_JUMP, len(hit)) if test.miss is None else _line(_RET, test.miss)
        lines += [
            _line(_JEQ, value, left, 0) for left, value in zip(range(len(test.values), 0, -1), test.values, strict=True)
        ]
        lines += [miss, *hit]
    return [*lines, _line(_RET, otherwise)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
