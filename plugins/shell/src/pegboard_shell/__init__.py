"""Runs commands that the gate judged."""
