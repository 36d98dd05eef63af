"""The ways in which programs spell a value that is known: as it is, base64, hexadecimal, URL-encoded, JSON-escaped.

Pure. White space is left out of every spelling, because whoever wraps long lines puts it anywhere.
"""

import json
from base64 import b64encode
from typing import Final
from urllib.parse import quote, quote_plus

from pegboard.secrets.needles import SHORTEST

WHITE: Final = b" \t\r\n\v\f"
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def spellings(secret: str) -> frozenset[bytes]:
    """All spellings of `secret` that are long enough to be looked for."""
    value = secret.encode("utf-8", "surrogatepass")
    texts = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
    }
    found = {text.encode("utf-8", "surrogatepass") for text in texts}
    quoted = {quote(value), quote(value, safe=""), quote_plus(value)}
    found |= {text.encode() for text in quoted} | {_lower_escapes(text).encode() for text in quoted}
    found |= {value.hex().encode(), value.hex().upper().encode()}
    for shift in range(3):
        coded = _base64(value, shift)
        found |= {coded, coded.translate(_URL_SAFE)}
    return frozenset(text for each in found if len(text := each.translate(None, WHITE)) >= SHORTEST)


def _base64(value: bytes, shift: int) -> bytes:
    """The characters that `value` alone decides, when `shift` bytes of something else are encoded before it."""
    first, last = -(-8 * shift // 6), 8 * (shift + len(value)) // 6
    return b64encode(bytes(shift) + value)[first:last]


def _lower_escapes(text: str) -> str:
    """`%2f` for `%2F`: both are written."""
    head, *rest = text.split("%")
    return head + "".join(f"%{piece[:2].lower()}{piece[2:]}" for piece in rest)
