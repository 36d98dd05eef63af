"""Reads, writes and edits files of the workspace."""
