"""Chat completions: a conversation as messages, a request around them, an answer from its chunks. Pure."""
