"""Slash commands: what a person types to change or see a session, for every front-end the same (ADR 0018)."""

from pegboard.cli.slash.running import Slash

__all__ = ["Slash"]
