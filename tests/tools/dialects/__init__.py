"""Servers that speak each API's own dialect of streaming, from public documentation: no model, no foreign code.

`DIALECTS` are the endpoints as data, `Ending` the ways in which an answer ends, `DialectServer` plays one on loopback:

    with DialectServer(DIALECTS["openrouter"], [Ending.RATE_SECONDS, Ending.CALLS]) as server: ...
"""

from dialects.catalogue import DIALECTS
from dialects.dialect import Dialect
from dialects.script import Ending, Said
from dialects.serving import DialectServer

__all__ = ["DIALECTS", "Dialect", "DialectServer", "Ending", "Said"]
