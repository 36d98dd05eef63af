"""One request as it is about to be encoded: what both ways of asking need to know. A value."""

from typing import Final

from msgspec import Struct

from pegboard_openai.asked import Asked
from pegboard_openai.dialog import Dialog
from pegboard_openai.profile import Profile, Schemas
from pegboard_sdk import ToolSpec

STREAMED: Final = {True: {"stream": True}, False: {}}
"""What a body says of how the answer is to come."""


class Draft(Struct, frozen=True, kw_only=True):
    """A request. `spared` are keys that this server refused before: they are left out."""

    model: str
    dialog: Dialog
    asked: Asked
    profile: Profile
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    cache_key: str = ""
    schemas: Schemas = Schemas.STRICT
    spared: frozenset[str] = frozenset()
    is_streamed: bool = True
