"""1,000 turns of 2 KB through the provider: `python tests/bench/requests.py`. Prints a table of figures.

Building a request, a turn's time beside that of a bare socket that sends as much, and bytes over the plugin wire; early
turns beside late ones.
"""

import socket
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "tools")]

import msgspec  # noqa: E402
from plain_server import PlainServer  # noqa: E402

from pegboard_openai import assembled  # noqa: E402
from pegboard_openai.asked import Asked  # noqa: E402
from pegboard_openai.chat.body import body as chat_body  # noqa: E402
from pegboard_openai.chat.form import ChatForm  # noqa: E402
from pegboard_openai.dialog import Dialog, Form  # noqa: E402
from pegboard_openai.draft import Draft  # noqa: E402
from pegboard_openai.profiles import named  # noqa: E402
from pegboard_openai.responses.body import body as item_body  # noqa: E402
from pegboard_openai.responses.form import ItemForm  # noqa: E402
from pegboard_sdk import Message, ModelReply, Outcome, Role, Setup, StreamModel, Text, ToolCall, ToolResult  # noqa: E402
from pegboard_sdk.testing import connected  # noqa: E402
from pegboard_sdk.wire.codec import pack  # noqa: E402
from pegboard_sdk.wire.conversation import EMPTY, extended  # noqa: E402

TURNS = 1000
TEXT = "x = [1, 2, 3]  # \u00fc\n" * 100


def turn(at: int) -> tuple[Message, ToolResult]:
    """What is new in a turn: a call, and a result of 2 KB."""
    call = ToolCall(call=f"call_{at}", tool="bash", arguments='{"command": "cat x.py"}')
    said = Message(role=Role.ASSISTANT, parts=(call,))
    return said, ToolResult(call=call.call, tool="bash", outcome=Outcome.OK, parts=(Text(text=TEXT[:2000]),))


def building(form: Form, body: Callable[[Draft], bytes]) -> tuple[list[float], int]:
    """Milliseconds for each turn's request, from the new entries to the bytes; the size of the last one."""
    dialog = Dialog(form)
    dialog.extend([Message(role=Role.USER, parts=(Text(text="go"),))], {})
    draft = Draft(model="m", dialog=dialog, asked=Asked(), profile=named("openai"), system="s" * 2000, cache_key="c")
    took, size = [], 0
    for at in range(TURNS):
        entries = turn(at)
        began = time.perf_counter()
        dialog.extend(entries, {})
        size = len(body(draft))
        took.append((time.perf_counter() - began) * 1000)
    return took, size


def naive() -> float:
    """Milliseconds for the last request when it is made anew."""
    form = ChatForm()
    entries = [entry for at in range(TURNS) for entry in turn(at)]
    began = time.perf_counter()
    said = [form.said(e, {})[0] if isinstance(e, Message) else form.result(e, {}) for e in entries]
    msgspec.json.encode({"model": "m", "messages": said})
    return (time.perf_counter() - began) * 1000


def talking() -> tuple[list[float], list[int], list[float]]:
    """Of each turn through a plugin: milliseconds, and bytes over the wire; of ten early and ten late turns:
    milliseconds of a bare socket that sends as much to the same server."""
    took, sizes = [], []
    with PlainServer() as server:
        with connected(assembled(), Setup(settings={"base_url": server.url})) as board:
            base, news = EMPTY, [Message(role=Role.USER, parts=(Text(text="go"),))]
            for at in range(TURNS):
                request = StreamModel(model="m", conversation="c", base=base, append=tuple(news))
                sizes.append(len(pack(request)))
                for entry in news:
                    base = extended(base, entry)
                began = time.perf_counter()
                board.stream_model(request).result(ModelReply)
                took.append((time.perf_counter() - began) * 1000)
                news = list(turn(at))
        sent = server.sizes[:]
        bare = [statistics.median(bare_ms(server.address, size) for _ in range(15)) for size in (sent[10], sent[-5])]
    return took, sizes, bare


def bare_ms(address: tuple[str, int], size: int) -> float:
    """Milliseconds from the first byte of a request of that size to its answer, over a bare socket."""
    data = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    with socket.create_connection(address) as connection:
        began = time.perf_counter()
        connection.sendall(data)
        connection.recv(4096)
        return (time.perf_counter() - began) * 1000


def main() -> None:
    """Print the table."""
    print(f"{'':44} {'turn 5 to 15':>14} {'last ten':>14}   hold")
    for name, form, body in (("chat", ChatForm(), chat_body), ("responses", ItemForm(), item_body)):
        took, size = building(form, body)
        early, late = statistics.median(took[5:15]), statistics.median(took[-10:])
        print(f"{'building a request, ' + name:44} {early:11.3f} ms {late:11.3f} ms   1 ms ({size:,} bytes)")
    print(f"{'the same made anew':44} {'':>14} {naive():11.3f} ms")
    took, sizes, bare = talking()
    early, late = statistics.median(took[5:15]), statistics.median(took[-10:])
    print(f"{'a turn, through plugin and client':44} {early:11.3f} ms {late:11.3f} ms")
    print(f"{'a bare socket that sends as much':44} {bare[0]:11.3f} ms {bare[1]:11.3f} ms")
    print(f"{'own time of a turn':44} {early - bare[0]:11.3f} ms {late - bare[1]:11.3f} ms   flat")
    print(f"{'bytes over the plugin wire, a turn':44} {max(sizes[5:15]):14,} {max(sizes[-10:]):14,}   what is new")


if __name__ == "__main__":
    main()
