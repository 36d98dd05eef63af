"""Checks from outside that a program, in any language, is a plugin that keeps to PWP/1. No SDK need be in it.

``python -m pegboard_sdk.conformance -- COMMAND...`` starts the command some thirty times, over real pipes, and plays
the kernel's part with a client of its own. It calls only tools whose effects are reading, unless it is told otherwise.
"""
