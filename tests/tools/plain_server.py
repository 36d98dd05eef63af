"""The least server that answers a chat: it reads requests as bytes and says one word: the client is measured."""

import socket
import threading

_CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"ok"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
_HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(_CHUNK)}\r\n\r\n".encode()


class PlainServer:
    """Serves one connection after the other; `sizes` are those of the requests. A context manager."""

    def __init__(self):
        self.sizes = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self):
        """Host and port."""
        return self.listener.getsockname()

    @property
    def url(self):
        """The base URL."""
        return f"http://127.0.0.1:{self.address[1]}/v1"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._talk(connection)

    def _talk(self, connection):
        rest = bytearray(1 << 20)
        while data := connection.recv(1 << 16):
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            got = len(body)
            while got < length:
                got += connection.recv_into(rest)
            self.sizes.append(length)
            connection.sendall(_HEAD + _CHUNK)
