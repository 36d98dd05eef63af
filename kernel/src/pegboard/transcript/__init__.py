"""The live part of a session: what a model is sent, folded from the journal."""

from pegboard.transcript.live import REQUEST, Transcript
from pegboard.transcript.unit import Unit

__all__ = ["REQUEST", "Transcript", "Unit"]
