"""Begins a plugin's process before there is an event loop: the spawner is told, and the hello lies in its pipe.

A provider takes as long to be ready as the kernel to import what it rests on, so they do it side by side. The board
takes over what was begun here.
"""

import os

from msgspec import Struct

from pegboard.birth import Birth
from pegboard.hello import hello_of
from pegboard.pipes import Pipes, open_pipes
from pegboard.spawner.launch import Spawner
from pegboard.spawner.messages import Start, framed
from pegboard.spawner.order import file_of, send_now
from pegboard_sdk.errors import StartFailed
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.messages import Hello


class Begun(Struct, frozen=True):
    """A process that the spawner was told of, and was greeted; nobody has read its answer."""

    birth: Birth
    pipes: Pipes
    hello: Hello
    number: int


def begin(spawner: Spawner, birth: Birth, number: int) -> Begun:
    """Begin it; those of one spawner are numbered from 1, without a gap. Raises StartFailed, with nothing left open."""
    pipes = open_pipes()
    hello = hello_of(birth)
    owned = list(pipes.theirs)
    try:
        owned.append(file_of(birth.launch))
        send_now(spawner.channel, framed(Start(number)), owned)
        # Far smaller than a pipe, so this never waits.
        os.write(pipes.write, encode(hello))
    except OSError as error:
        pipes.close()
        raise StartFailed(f"plugin `{birth.instance}` could not be begun: {error.strerror}") from error
    finally:
        for descriptor in owned:
            os.close(descriptor)
    return Begun(birth, pipes, hello, number)
