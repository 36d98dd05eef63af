"""Greets people: the plugin to copy."""
