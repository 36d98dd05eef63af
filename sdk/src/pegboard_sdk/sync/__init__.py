"""Writes `pegboard.toml` and the schemas from a plugin's code, at author time. No user's start ever runs it.

``python -m pegboard_sdk.sync DIR`` writes, ``--check`` only says what it would write. What an author sets by hand
stays: start, idle_s, uses, summary, run, capabilities, dynamic, comments.
"""
