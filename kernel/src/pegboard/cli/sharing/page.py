"""A conversation as one HTML page: nothing is loaded, no script runs, and all that was said is escaped."""

import base64
from collections.abc import Iterator
from html import escape
from typing import Final

from pegboard.cli.sharing.chat import MOST_MEDIA, result_text, words
from pegboard.cli.sharing.markdown import one_line
from pegboard.cli.sharing.standing import Standing
from pegboard.cli.show import safe
from pegboard_sdk.wire.records import Image, Message, Outcome, Reasoning, Text, ToolCall, ToolResult

_IMAGES: Final = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_HEAD: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --mine: #4a7fd0; --dim: #888; }}
body {{ font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; margin-bottom: .2rem; }}
.about, summary, .thought {{ color: var(--dim); font-size: .85rem; }}
.said {{ white-space: pre-wrap; overflow-wrap: anywhere; margin: 1rem 0; }}
.user {{ border-left: 3px solid var(--mine); padding-left: .8rem; }}
details {{ border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0; padding: .3rem .7rem; }}
summary {{ cursor: pointer; }} .bad {{ color: #c33; }}
pre {{ font: .8rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }}
img {{ max-width: 100%; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="about">{about}</p>
"""


def page(standing: Standing) -> str:
    """The whole page."""
    title = _shown(one_line(standing.title) or f"Session {standing.session}")
    when = standing.begun[:16].replace("T", " ")
    about = " · ".join(_shown(one_line(text)) for text in (when, standing.init.workspace, standing.init.model) if text)
    body = [piece for entry in standing.entries for piece in _entry(entry, standing)]
    return _HEAD.format(title=title, about=about) + "\n".join([*body, "</body>", "</html>", ""])


def _entry(entry: Message | ToolResult, standing: Standing) -> Iterator[str]:
    if isinstance(entry, ToolResult):
        bad = ' class="bad"' if entry.outcome is not Outcome.OK else ""
        head = f"<summary{bad}>{_shown(one_line(entry.tool))}: {entry.outcome.value}</summary>"
        yield f"<details>{head}<pre>{_shown(result_text(entry))}</pre></details>"
        return
    for part in entry.parts:
        match part:
            case ToolCall():
                head = f"<summary>{_shown(one_line(part.tool))}</summary>"
                yield f"<details open>{head}<pre>{_shown(part.arguments)}</pre></details>"
            case Reasoning():
                if part.text.strip():
                    yield f'<div class="said thought">{_shown(part.text)}</div>'
            case Image():
                yield _image(part, standing)
            case _:
                text = part.text if isinstance(part, Text) else words(part)
                if text.strip():
                    yield f'<div class="said {entry.role.value}">{_shown(text)}</div>'


def _image(part: Image, standing: Standing) -> str:
    data = standing.bytes_of(part, MOST_MEDIA) if part.media_type in _IMAGES else None
    if data is None:
        return f'<p class="about">{_shown(words(part))}</p>'
    return f'<img alt="" src="data:{part.media_type};base64,{base64.b64encode(data).decode()}">'


def _shown(text: str) -> str:
    return escape(safe(text), quote=True)
