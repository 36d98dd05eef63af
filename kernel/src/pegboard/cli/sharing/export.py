"""The forms in which a session can be given away."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from pegboard.cli.sharing.chat import chat
from pegboard.cli.sharing.markdown import markdown
from pegboard.cli.sharing.page import page
from pegboard.cli.sharing.standing import Standing, standing
from pegboard.cli.sharing.turns import turns
from pegboard.cli.summaries import exported
from pegboard_sdk.wire.records import SCHEMA

FORMATS: Final[Mapping[str, Callable[[Standing], str]]] = {
    "markdown": markdown,
    "html": page,
    "json": lambda standing: _json(plain(standing)),
    "openai": lambda standing: _json(chat(standing)),
    "anthropic": lambda standing: _json(turns(standing)),
}
"""Each but `journal`, which is what stands on disk."""

ENDINGS: Final = {"markdown": "md", "html": "html", "journal": "jsonl"}


def export(folder: Path, form: str) -> Iterator[bytes]:
    """The session in `folder` in one of the `FORMATS`, or its `journal`. Raises JournalDamaged."""
    if form == "journal":
        yield from exported(folder)
    else:
        yield FORMATS[form](standing(folder)).encode("utf-8", "replace")


def plain(standing: Standing) -> dict[str, Any]:
    """The conversation in the records' own form."""
    return {
        "schema": SCHEMA,
        "session_id": standing.session,
        "title": standing.title,
        "workspace": standing.init.workspace,
        "model": standing.init.model,
        "begun": standing.begun,
        "messages": [msgspec.to_builtins(entry) for entry in standing.entries],
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
