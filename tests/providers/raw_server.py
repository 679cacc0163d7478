"""A server that is one function a connection: what it reads and writes, byte by byte, plain or encrypted."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
END = b"0\r\n\r\n"


class Connection:
    """One client's. `number` counts them from 0; `line` is the last request's first."""

    def __init__(self, link: socket.socket, number: int) -> None:
        self.number = number
        self.line = ""
        self.link = link
        self._file = link.makefile("rb")

    def request(self) -> tuple[dict[str, str], bytes] | None:
        """Headers and body of the next request; None where there is none."""
        self.line = self._file.readline().decode("latin-1").strip()
        if not self.line:
            return None
        headers: dict[str, str] = {}
        while (line := self._file.readline().strip()) and b":" in line:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers, self._file.read(int(headers.get("content-length", 0)))

    def send(self, data: bytes) -> None:
        self.link.sendall(data)

    def chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def is_left(self) -> bool:
        """Waits until the client has hung up."""
        with suppress(OSError):
            return self._file.read(1) == b""
        return True

    def reset(self) -> None:
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
        self.link.close()


@contextmanager
def raw_server(serve: Callable[[Connection], None], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Its address. The connection is closed when `serve` returns; a client that hangs up ends it, too."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    links: list[socket.socket] = []

    def talk(link: socket.socket, number: int) -> None:
        with suppress(OSError):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = tls.wrap_socket(link, server_side=True) if tls else link
            links.append(link)
            with closing(Connection(link, number)) as connection:
                serve(connection)
                link.shutdown(socket.SHUT_RDWR)
        link.close()

    def accept() -> None:
        number = 0
        with suppress(OSError):
            while True:
                link = listening.accept()[0]
                links.append(link)
                threading.Thread(target=talk, args=(link, number), daemon=True).start()
                number += 1

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for link in links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        thread.join()
