"""What a prompt cache would have read and written: prefixes up to a marked block, found again within twenty blocks.

It counts a token for four bytes, so that a test can say what a placement of marks is worth.
"""

import hashlib
import json
from typing import Any

LOOKBACK = 20
LEAST = 1024
"""Tokens; a shorter prefix is not kept."""


class PromptCache:
    """Prefixes that were written, by hash. Nothing is ever forgotten."""

    def __init__(self):
        self.kept: set[str] = set()

    def count(self, body: dict[str, Any]) -> dict[str, int]:
        """The input part of a usage, and what this request writes is there for the next."""
        sums, sizes, marks = _prefixes(body)
        total = sizes[-1] if sizes else 0
        read = written = 0
        for mark in marks:
            for at in range(mark, max(-1, mark - LOOKBACK), -1):
                if sums[at] in self.kept:
                    read = max(read, sizes[at])
                    break
        for mark in marks:
            if sizes[mark] >= LEAST:
                self.kept.add(sums[mark])
                written = max(written, sizes[mark] - read)
        written = max(0, written)
        return {
            "input_tokens": total - read - written,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
        }


def _prefixes(body: dict[str, Any]) -> tuple[list[str], list[int], list[int]]:
    """The hash and the size of the prompt up to each block, and which blocks are marked."""
    sums, sizes, marks = [], [], []
    running, size = hashlib.sha256(str(body.get("model")).encode()), 0
    for place, block in blocks_of(body):
        plain = json.dumps([place, {key: value for key, value in block.items() if key != "cache_control"}])
        running.update(plain.encode())
        size += len(plain) // 4
        if block.get("cache_control"):
            marks.append(len(sums))
        sums.append(running.copy().hexdigest())
        sizes.append(size)
    return sums, sizes, marks


def blocks_of(body: dict[str, Any]):
    """Every block of a prompt with where it stands, in the order of the cache: tools, system, messages."""
    for tool in body.get("tools") or ():
        yield "tool", tool
    system = body.get("system") or []
    for block in [{"type": "text", "text": system}] if isinstance(system, str) else system:
        yield "system", block
    for at, message in enumerate(body.get("messages") or ()):
        content = message.get("content")
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content or ():
            yield f"{message.get('role')}", block | {"at": at}
