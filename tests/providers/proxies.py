"""Proxies on loopback that lead every connection to one port of this machine, and count them."""

from __future__ import annotations

import shutil
import socket
import socketserver
import threading
from types import TracebackType


class Proxy:
    """`url` is without a scheme's own: `socks5` (RFC 1928) or `http` (CONNECT), whatever is spoken to it."""

    def __init__(self, port: int) -> None:
        self.connections = 0
        self.asked: list[str] = []
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                first = self.rfile.read(1)
                name = _socks(self) if first == b"\x05" else _connect(self)
                if not name:
                    return
                proxy.connections += 1
                proxy.asked.append(name)
                with socket.create_connection(("127.0.0.1", port)) as far:
                    self.wfile.write(b"\x05\x00\x00\x01" + bytes(6) if first == b"\x05" else b"HTTP/1.1 200 Go\r\n\r\n")
                    back = threading.Thread(target=shutil.copyfileobj, args=(far.makefile("rb", 0), self.wfile))
                    back.daemon = True
                    back.start()
                    while data := self.connection.recv(65536):
                        far.sendall(data)

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Either side may hang up whenever it likes."""


def _socks(handler: socketserver.StreamRequestHandler) -> str:
    handler.rfile.read(handler.rfile.read(1)[0])
    handler.wfile.write(b"\x05\x00")
    kind = handler.rfile.read(4)[3]
    name = handler.rfile.read({1: 4, 4: 16}.get(kind) or handler.rfile.read(1)[0])
    handler.rfile.read(2)
    return name.decode() if kind == 3 else name.hex()


def _connect(handler: socketserver.StreamRequestHandler) -> str:
    line = handler.rfile.readline().decode()
    while handler.rfile.readline().strip():
        pass
    return line.split()[1]
