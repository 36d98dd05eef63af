"""Bytes of a text file to text and back, without loss. Knows nothing of files, lines or edits.

For every text that `form_of` recognises, `encode(decode(data, form), form) == data`: what is not edited is not changed.
"""

import codecs
from enum import Enum
from typing import Final

from msgspec import Struct

SAMPLE_BYTES: Final = 1 << 16
"""How much of a large file decides what it is."""

_CONTROLS: Final = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\b\x1b") + b"\x7f"
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Encoding(Enum):
    """The encodings that are told apart. Latin-1 is what any other text is taken for: it maps every byte."""

    UTF8 = "utf-8"
    UTF16_LE = "utf-16-le"
    UTF16_BE = "utf-16-be"
    LATIN1 = "latin-1"

    @property
    def newline(self) -> bytes:
        """A line feed in this encoding."""
        return "\n".encode(self.value)


class Form(Struct, frozen=True):
    """How a text is written down: its encoding and the byte order mark before it."""

    encoding: Encoding = Encoding.UTF8
    bom: bytes = b""

    @property
    def told(self) -> str:
        """What a reader should know of it; empty for plain UTF-8."""
        if self.encoding is Encoding.LATIN1:
            return "not UTF-8, shown as Latin-1"
        if self.encoding is Encoding.UTF8:
            return "UTF-8 with BOM" if self.bom else ""
        return f"{self.encoding.value.upper()}{'' if self.bom else ' without BOM'}"


class Unencodable(ValueError):
    """A text holds a character that the file's encoding has no bytes for."""


def form_of(data: bytes, *, cut: int = 0) -> Form | None:
    """The form of a text that begins with `data`, or None when it is no text. `cut` is how many bytes of it follow
    that are not in `data`, so that a character torn at the end does not count as a fault."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            form = Form(Encoding(name), bom)
            return form if _decodes(data[len(bom) :], form.encoding, cut) else _without_bom(data, cut)
    return _without_bom(data, cut)


def _without_bom(data: bytes, cut: int) -> Form | None:
    if b"\0" in data[:SAMPLE_BYTES]:
        return _wide(data, cut)
    if _decodes(data, Encoding.UTF8, cut):
        return Form()
    sample = data[:SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return Form(Encoding.LATIN1) if controls * 50 <= len(sample) else None


def _wide(data: bytes, cut: int) -> Form | None:
    """UTF-16 without a mark: mostly Latin letters, so of each pair one byte is nearly always zero, the other never."""
    sample = data[:SAMPLE_BYTES]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    pairs = max(1, len(sample) // 2)
    for encoding, zeros, others in ((Encoding.UTF16_LE, odd, even), (Encoding.UTF16_BE, even, odd)):
        if others == 0 and zeros * 10 >= pairs * 7 and _decodes(data, encoding, cut):
            return Form(encoding)
    return None


def _decodes(data: bytes, encoding: Encoding, cut: int) -> bool:
    decoder = codecs.getincrementaldecoder(encoding.value)("strict")
    try:
        decoder.decode(data, cut == 0)
    except UnicodeDecodeError:
        return False
    return True


def decode(data: bytes, form: Form) -> str:
    """The text of a whole file, without its mark."""
    return data[len(form.bom) :].decode(form.encoding.value)


def encode(text: str, form: Form) -> bytes:
    """The bytes of a whole file. Raises Unencodable, naming the character."""
    try:
        return form.bom + text.encode(form.encoding.value)
    except UnicodeEncodeError as error:
        wrong = text[error.start]
        raise Unencodable(f"{wrong!r} (U+{ord(wrong):04X}) cannot be written in {form.encoding.value}") from error
