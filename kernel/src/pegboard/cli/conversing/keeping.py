"""Keeps a front-end plugin before a conversation: a new one when it dies, line by line when it does so too often."""

import sys
from contextlib import ExitStack
from typing import Final

import trio

from pegboard.cli.conversing.line import PluginLine
from pegboard.cli.conversing.screen import Screen, suspend
from pegboard.cli.holding import Holding
from pegboard.errors import CircuitOpen
from pegboard.fronts.desk import Desk
from pegboard.fronts.remote import Remote
from pegboard_sdk.errors import PegboardError, StartFailed
from pegboard_sdk.wire.fronting import Left, RunChannel

MOST_STARTS: Final = 10
"""A front-end that is started and dies so often, with pauses between, is given up as well."""


async def keep_front(holding: Holding, channel: str, first: str, *, screen: Screen, vacancy: ExitStack) -> Left | None:
    """Run it until the person leaves, or closes the terminal. None when it cannot be had any more.

    The terminal is as it was, then.

    `vacancy` lets questions wait for whoever comes next, until it is closed.
    """
    conversation = holding.conversation
    plugin = holding.started.registry.channels.find(channel).plugin
    for _ in range(MOST_STARTS):
        session = conversation.agent.session
        remote = Remote(
            PluginLine(holding.board, plugin, Desk(conversation, suspend)), conversation.status, conversation.renew
        )
        await conversation.attach(remote)
        vacancy.close()
        try:
            left = await remote.run(RunChannel(channel=channel, session=session.id, first=first))
        except (CircuitOpen, StartFailed, trio.Cancelled) as error:
            vacancy.enter_context(conversation.audience.vacant())
            screen.restore()
            if isinstance(error, trio.Cancelled):
                raise
            sys.stderr.write(f"peg: {error.message}\n")
            return None
        except PegboardError as error:
            vacancy.enter_context(conversation.audience.vacant())
            screen.restore()
            if screen.is_gone:
                return Left()
            first = "" if session.transcript.account.prompts else first
            conversation.agent.session.fail("FRONT", f"{error.message}; another one goes on", plugin)
        else:
            screen.settle()
            return left
        finally:
            conversation.detach(remote)
    return None
