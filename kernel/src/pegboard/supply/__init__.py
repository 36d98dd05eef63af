"""Plugins as supply: what is installed is pinned, and only pinned bytes start."""
