"""Descriptors arrive in order, with the call that they were sent for, and none is lost or leaked."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pegboard_sdk.errors import FrameTruncated, ProtocolViolation
from pegboard_sdk.wire.passing import Inbox, send_descriptors


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Inbox]]:
    ours, theirs = socket.socketpair()
    inbox = Inbox(theirs)
    yield ours, inbox
    ours.close()
    inbox.close()


def opened(folder: Path, count: int) -> list[int]:
    fds = []
    for number in range(count):
        path = folder / f"{number}"
        path.write_bytes(b"%d" % number)
        fds.append(os.open(path, os.O_RDONLY))
    return fds


def read_and_close(fds: list[int]) -> list[bytes]:
    contents = [os.read(fd, 100) for fd in fds]
    for fd in fds:
        os.close(fd)
    return contents


def open_count() -> int:
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("count", [1, 15, 16, 17, 40])
def test_any_number_arrives_in_order_and_uninheritable(
    tmp_path: Path, ends: tuple[socket.socket, Inbox], count: int
) -> None:
    sent = opened(tmp_path, count)
    send_descriptors(ends[0], 2, sent)
    got = ends[1].take(2, count)
    assert not any(os.get_inheritable(fd) for fd in got)
    assert read_and_close(got) == [b"%d" % number for number in range(count)]
    for fd in sent:
        os.close(fd)


def test_descriptors_of_a_call_that_took_none_are_closed_when_a_later_one_takes(
    tmp_path: Path, ends: tuple[socket.socket, Inbox]
) -> None:
    fds = opened(tmp_path, 20)
    before = open_count()
    send_descriptors(ends[0], 2, fds[:18])
    send_descriptors(ends[0], 4, fds[18:])
    assert read_and_close(ends[1].take(4, 2)) == [b"18", b"19"]
    assert open_count() == before
    read_and_close(fds)


def test_what_nobody_took_is_closed(tmp_path: Path) -> None:
    before = open_count()
    ours, theirs = socket.socketpair()
    fds = opened(tmp_path, 3)
    inbox = Inbox(theirs)
    send_descriptors(ours, 2, fds)
    send_descriptors(ours, 4, fds)
    read_and_close(inbox.take(4, 3))
    inbox.close()
    ours.close()
    read_and_close(fds)
    assert open_count() == before


def test_more_descriptors_than_named_are_refused_and_closed(tmp_path: Path, ends: tuple[socket.socket, Inbox]) -> None:
    fds = opened(tmp_path, 3)
    send_descriptors(ends[0], 2, fds)
    before = open_count()
    with pytest.raises(ProtocolViolation, match="3 descriptors and names 2"):
        ends[1].take(2, 2)
    read_and_close(fds)
    assert open_count() == before - 3


def test_the_end_of_the_socket_is_told(ends: tuple[socket.socket, Inbox]) -> None:
    ends[0].close()
    with pytest.raises(FrameTruncated):
        ends[1].take(2, 1)


@pytest.mark.parametrize(
    "message",
    [b"\xff\xff\xff\xff", b"\x00\x00\x00\x03\x92\x02\x01", b"\x00\x00\x00\x01\x00", b"\x00\x00\x00\x02\xc0\xc0"],
)
def test_garbage_is_a_violation(ends: tuple[socket.socket, Inbox], message: bytes) -> None:
    ends[0].sendall(message)
    with pytest.raises(ProtocolViolation):
        ends[1].take(2, 1)
