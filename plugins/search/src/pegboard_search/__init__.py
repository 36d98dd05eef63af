"""Finds files by name and by content. The plugin's tools; what they do is in the modules beside."""

from typing import Literal

from pegboard_sdk import Context, Output, Plugin, ToolFailed
from pegboard_search.answer import Shape, found_lines, found_names
from pegboard_search.pattern import BadGlob, Glob
from pegboard_search.query import BadPattern, Query
from pegboard_search.scope import Scope

plugin = Plugin("search")


@plugin.tool(effect="read", family="search", repeatable=True, subjects={"path": "dir:list"})
def glob(pattern: str, path: str = ".", limit: int = 200, offset: int = 0, *, ctx: Context) -> Output:
    """Finds files by name, newest first. Without / a pattern matches at any depth; ** and {a,b} work."""
    try:
        return found_names(Scope(ctx.file("path")), pattern, ctx, limit=limit, offset=offset)
    except BadGlob as error:
        raise ToolFailed(str(error)) from error


@plugin.tool(effect="read", family="search", repeatable=True, subjects={"path": "dir:list"})
def grep(
    pattern: str,
    path: str = ".",
    *,
    glob: str | None = None,
    ignore_case: bool = False,
    context: int = 0,
    output: Literal["content", "files", "count"] = "content",
    limit: int = 200,
    offset: int = 0,
    ctx: Context,
) -> Output:
    """Searches file contents by regular expression. path: folder or file."""
    try:
        query = Query(
            pattern,
            ignores_case=ignore_case,
            context=context if output == "content" else 0,
            glob=None if glob is None else Glob(glob),
            keep=limit + offset + 1 if output == "content" else 0,
        )
        return found_lines(Scope(ctx.file("path")), query, Shape(output), ctx, limit=limit, offset=offset)
    except (BadGlob, BadPattern) as error:
        raise ToolFailed(str(error)) from error
