"""Keeps what calls change in the workspace, whatever tool they are of, and puts it back. The plugin's hooks and
commands; what they do is in the modules beside."""

from pegboard_sdk import Context, Plugin, Setup, ToolUse
from pegboard_undo.desk import Desk


class UndoPlugin(Plugin):
    """The plugin with what it holds while it runs."""

    desk: Desk


plugin = UndoPlugin("undo")


@plugin.on_start
def start(setup: Setup) -> None:
    """Begin to look at the workspace, in the background."""
    plugin.desk = Desk(setup)


@plugin.on_stop
def stop() -> None:
    """Stop watching."""
    plugin.desk.close()


@plugin.hook
def session_start() -> None:
    """Be there when a session begins: what the first call changes is kept by then."""


@plugin.hook
def before_effect(session: str, prompt: int, use: ToolUse) -> str | None:
    """Keep what the call may change."""
    return plugin.desk.before(session, prompt, use)


@plugin.hook
def after_effect(use: ToolUse) -> str | None:
    """Note what it changed."""
    return plugin.desk.after(use)


@plugin.hook
def session_end(session: str) -> None:
    """A run ended, and calls with it that were cancelled."""
    plugin.desk.ended(session)


@plugin.tool(effect="write", timeout_s=120)
def undo_call(*, ctx: Context) -> str:
    """Undo what the last call changed in the workspace; again for the one before."""
    return plugin.desk.undo_call(ctx.session)


@plugin.command("undo", summary="Puts back what the last prompt changed, or the last N; --to-turn N keeps up to N.")
def undo(text: str, *, ctx: Context) -> str:
    """Undo."""
    return plugin.desk.undo(ctx.session, text)


@plugin.command("redo", summary="Takes the last undo back.")
def redo(text: str, *, ctx: Context) -> str:
    """Redo."""
    return plugin.desk.redo(ctx.session)


@plugin.command("diff", summary="Shows what this session changed, since prompt N.")
def diff(text: str, *, ctx: Context) -> str:
    """Show what was changed."""
    return plugin.desk.diff(ctx.session, text)
