"""Responses: a conversation as items, a request around them, an answer from its events. Pure."""
