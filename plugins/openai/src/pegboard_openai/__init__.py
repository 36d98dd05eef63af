"""Talks to OpenAI and every compatible endpoint."""
