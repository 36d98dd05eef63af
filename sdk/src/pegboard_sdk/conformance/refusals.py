"""Checks of what is no valid call: each is answered with the code that says why, and costs that call alone."""

from typing import Any, Final

from pegboard_sdk.conformance.bench import PATIENCE, Bench, Broken, Unseen
from pegboard_sdk.conformance.check import Check
from pegboard_sdk.conformance.framing import NO_METHOD, frame, ping
from pegboard_sdk.conformance.link import Link
from pegboard_sdk.conformance.values import NoValue, Values
from pegboard_sdk.wire.messages import Cancel, Credit, Drop, Error
from pegboard_sdk.wire.methods import TOOL_CALL

NO_TOOL: Final = "no_such_tool"
UNKNOWN: Final = ("METHOD_NOT_FOUND", "NOT_FOUND")


def refused(link: Link, method: str, params: object, codes: tuple[str, ...], what: str) -> None:
    """Make a call that must be refused. Raises Broken when it is not, or for another reason."""
    end = link.end_of(link.call(method, params), PATIENCE)
    if end is None:
        raise Broken(f"{what} was not answered" + ("; the plugin ended" if link.has_ended else ""))
    if not isinstance(end, Error):
        raise Broken(f"{what} was answered with a Result, where ERROR({codes[0]}) is right")
    if end.code not in codes:
        raise Broken(f"{what} was answered with {end.code} ({end.msg[:200]}), where {codes[0]} is right")
    if end.effect != 0:
        raise Broken(f"{what} was refused with effect {end.effect}; nothing was done, so 0 is right")


def unknown_method(bench: Bench) -> None:
    """An unknown method is METHOD_NOT_FOUND, effect 0."""
    with bench.link() as link:
        refused(link, NO_METHOD, {}, UNKNOWN[:1], "an unknown method")
        refused(link, "hook.no_such_hook", {"arguments": {}}, UNKNOWN[:1], "an unknown hook")


def unknown_tool(bench: Bench) -> None:
    """An unknown tool is METHOD_NOT_FOUND or NOT_FOUND, effect 0."""
    if not bench.subject.manifest.tool:
        raise Unseen("the plugin has no tools")
    with bench.link() as link:
        params = {"tool": NO_TOOL, "arguments": {}, "call": "c"}
        refused(link, TOOL_CALL, params, UNKNOWN, "an unknown tool")


def bad_params(bench: Bench) -> None:
    """Parameters that do not fit the method or the tool's schema are INVALID_PARAMS, effect 0."""
    if not bench.subject.manifest.tool:
        raise Unseen("the plugin has no tools")
    with bench.link() as link:
        bad: list[object] = ["no map", None, {"arguments": {}}]
        for params in bad:
            refused(link, TOOL_CALL, params, ("INVALID_PARAMS",), f"tool.call with {params!r}")
        for trial in bench.subject.trials:
            try:
                wrong: list[Any] = [*Values(trial.schema, bench.seed).invalid(), "no object"]
            except NoValue:
                continue
            for arguments in wrong:
                call = {"tool": trial.entry.name, "arguments": arguments, "call": "c"}
                what = f"{trial.entry.name} with {str(arguments)[:200]}, which its schema refuses,"
                refused(link, TOOL_CALL, call, ("INVALID_PARAMS",), what)


def unreadable_call(bench: Bench) -> None:
    """A Call whose fields cannot be read is INVALID_MESSAGE for that call, and the connection goes on."""
    with bench.link() as link:
        number = link.next_id()
        link.write(frame(16, number, 5, None))
        end = link.end_of(number, PATIENCE)
        if not isinstance(end, Error) or end.code != "INVALID_MESSAGE":
            said = "nothing" if end is None else getattr(end, "code", "a Result")
            raise Broken(f"a Call whose method is a number was answered with {said}, where INVALID_MESSAGE is right")
        ping(link, 1)


def late_frames(bench: Bench) -> None:
    """Cancel, Credit and Drop for a call that has ended are ignored: they crossed its end."""
    with bench.link() as link:
        number = link.call(NO_METHOD, {})
        link.end_of(number, PATIENCE)
        link.send(Cancel(number, "user"), Credit(number, 100), Drop(number))
        ping(link, 1)


CHECKS = (
    Check("unknown-method", unknown_method),
    Check("unknown-tool", unknown_tool),
    Check("bad-params", bad_params),
    Check("unreadable-call", unreadable_call),
    Check("late-frames", late_frames),
)
