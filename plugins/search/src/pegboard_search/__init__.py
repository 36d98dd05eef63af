"""Finds files by name and by content."""
