"""Greets people."""

from pegboard_sdk import Plugin

plugin = Plugin("hello")


@plugin.tool(effect="read")
def greet(name: str, loud: bool = False) -> str:
    """Say hello to someone."""
    return f"HELLO {name.upper()}!" if loud else f"Hello {name}."
