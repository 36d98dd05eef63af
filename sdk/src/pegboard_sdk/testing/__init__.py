"""What authors test plugins with: a plugin connected in memory or as a process, a scripted model, a scripted front-end,
and a scripted session for front-ends.

Everything speaks the real wire; nothing is replaced by a mock. Needs no pytest and, for plugins whose handlers block,
no trio.
"""

from pegboard_sdk.testing.board import Board
from pegboard_sdk.testing.connecting import connected, spawned
from pegboard_sdk.testing.granting import Granted, GrantedCommand, commanding, listing, reading, writing
from pegboard_sdk.testing.scripted import ScriptedFrontEnd, ScriptedModel, calls_tool, says
from pegboard_sdk.testing.session import ScriptedSession
from pegboard_sdk.testing.started import Started

__all__ = [
    "Board",
    "Granted",
    "GrantedCommand",
    "ScriptedFrontEnd",
    "ScriptedModel",
    "ScriptedSession",
    "Started",
    "calls_tool",
    "commanding",
    "connected",
    "listing",
    "reading",
    "says",
    "spawned",
    "writing",
]
