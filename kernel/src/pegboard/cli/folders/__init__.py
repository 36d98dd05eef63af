"""Folders that a person adds to a session with `/add-dir` (ADR 0032)."""
