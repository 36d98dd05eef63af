"""Runs a plugin in this process: takes the wire away from the standard descriptors, imports the plugin, serves it.

Used by forks of the spawner, by ``python -m pegboard_sdk.host`` and by `Plugin.run`. The exit status is 0 after an
orderly end, 64 for a wrong command line, 70 when the plugin could not start or had to be abandoned.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from pegboard_sdk.errors import StartFailed
from pegboard_sdk.offer import Offer
from pegboard_sdk.plugin import EXIT_USAGE, BadDeclaration, Plugin
from pegboard_sdk.runtime.blocking import EXIT_ABANDONED, Blocking
from pegboard_sdk.runtime.channel import Channel
from pegboard_sdk.tracebacks import traceback_of
from pegboard_sdk.wire import stdio
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.messages import Bye, Hello, Identity, Limits
from pegboard_sdk.wire.methods import Setup

PASSING_FD: Final = "PEGBOARD_FD"
"""Names the descriptor of the socket by which descriptors come."""


def serve(entry: str, *, read_fd: int, write_fd: int, passing_fd: int, package_dir: str) -> int:
    """Import the plugin `module:attribute` and serve it until the channel ends; the exit status.

    Owns the three descriptors (`passing_fd` -1: none). `package_dir` is where its manifest lies.
    """
    channel = stdio.claim(read_fd, write_fd)
    try:
        plugin = load(entry)
    except StartFailed as error:
        return _refuse(channel, error)
    plugin.package_dir = package_dir or plugin.package_dir
    return serve_on(plugin, channel, passing_fd=passing_fd)


def serve_plugin(plugin: Plugin) -> int:
    """Serve on standard input and output until the channel ends; the exit status."""
    passing_fd = passing_fd_in_environment()
    return serve_on(plugin, stdio.claim(), passing_fd=passing_fd)


def passing_fd_in_environment() -> int:
    """The descriptor that the environment names, made private; -1 when it names none."""
    number = os.environ.pop(PASSING_FD, "")
    if not number.isdigit():
        return -1
    os.set_inheritable(int(number), False)  # noqa: FBT003 - positional-only
    return int(number)


def rehearse() -> None:
    """Greet a plugin that does nothing, in a process that is going to be forked for plugins.

    What is built at first use, and code that was run, then lies in memory that all of them share. Leaves nothing open.
    """
    plugin = Plugin("rehearsal", package_dir=os.devnull)
    plugin.tool(effect="read")(_nothing)
    plugin.hook(session_end)
    (read_fd, kernel_out), (kernel_in, write_fd) = os.pipe(), os.pipe()
    os.write(kernel_out, encode(Hello(0, [1], b"", Limits(), Identity("rehearsal", ""), [], pack(Setup()))))
    os.close(kernel_out)
    serve_on(plugin, (read_fd, write_fd))
    os.close(kernel_in)


def _nothing(text: str = "") -> str:
    """Give it back."""
    return text


def session_end(session: str) -> None:
    """The hook of the rehearsal: most plugins that are begun early have one."""


def load(entry: str) -> Plugin:
    """The plugin that `module:attribute` names. Raises StartFailed with what went wrong there."""
    module, _, attribute = entry.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute or "plugin")
    except (Exception, SystemExit) as fault:
        raise StartFailed(f"importing `{entry}`: {type(fault).__name__}: {fault}") from fault
    if not isinstance(found, Plugin):
        raise StartFailed(f"`{entry}` is a {type(found).__name__}, where a Plugin was due")
    return found


def serve_on(
    plugin: Plugin,
    channel: tuple[int, int],
    *,
    passing_fd: int = -1,
    abandon: Callable[[int], object] = os._exit,
) -> int:
    """Serve on two descriptors that are the wire already; the exit status. Owns all three.

    `abandon` gets the exit status when a handler is still busy after its grace.
    """
    try:
        offer = Offer(plugin)
    except BadDeclaration as error:
        return _refuse(channel, StartFailed(f"plugin `{plugin.id}`: {error.message}"))
    if plugin.is_async:
        # trio costs 80 ms that only plugins with coroutines pay.
        from pegboard_sdk.runtime.trio_runtime import serve_async  # noqa: PLC0415

        return serve_async(offer, channel, passing_fd=passing_fd, abandon=abandon)
    return Blocking(offer, Channel(*channel), passing_fd=passing_fd, abandon=abandon).serve()


def _refuse(channel: tuple[int, int], error: StartFailed) -> int:
    """Say why the plugin cannot start, on the wire and for people."""
    sys.stderr.write(traceback_of(error) if error.__cause__ else f"{error.message}\n")
    wire = Channel(*channel)
    wire.send(encode(Bye(0, error.code, error.message)))
    wire.close()
    return EXIT_ABANDONED


def main(arguments: Sequence[str]) -> int:
    """``python -m pegboard_sdk.host module:attribute [folder of the manifest]``."""
    if not arguments or os.environ.get("PEGBOARD_PLUGIN") != "1":
        sys.stderr.write(
            "this serves a plugin to Pegboard, which starts it: pegboard_sdk.host MODULE:ATTRIBUTE [FOLDER]\n"
        )
        return EXIT_USAGE
    folder = arguments[1] if len(arguments) > 1 else ""
    return serve(arguments[0], read_fd=0, write_fd=1, passing_fd=passing_fd_in_environment(), package_dir=folder)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
