"""Proxies on loopback that lead every connection to one port of this machine, and count them."""

from __future__ import annotations

import base64
import shutil
import socket
import socketserver
import ssl
import threading
from types import TracebackType


class Proxy:
    """`address` is without a scheme: it speaks `socks5` (RFC 1928) or `http` (CONNECT), whatever is spoken to it; with
    `tls` both inside of that. `names` are those that clients gave with their passwords.
    """

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.asked: list[str] = []
        self.names: list[str] = []
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                first = self.rfile.read(1)
                name = _socks(self, proxy.names) if first == b"\x05" else _connect(self, proxy.names)
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
        self._server.tls = tls
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
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: object, address: object) -> None:
        if self.tls is None or not isinstance(request, socket.socket):
            return super().finish_request(request, address)  # type: ignore[arg-type]
        with self.tls.wrap_socket(request, server_side=True) as inner:
            return super().finish_request(inner, address)  # type: ignore[arg-type]

    def handle_error(self, *_: object) -> None:
        """Either side may hang up whenever it likes."""


def _socks(handler: socketserver.StreamRequestHandler, names: list[str]) -> str:
    if 2 in handler.rfile.read(handler.rfile.read(1)[0]):
        handler.wfile.write(b"\x05\x02")
        handler.rfile.read(1)
        name, password = (handler.rfile.read(handler.rfile.read(1)[0]).decode() for _ in range(2))
        names.append(f"{name}:{password}")
        handler.wfile.write(b"\x01\x00")
    else:
        handler.wfile.write(b"\x05\x00")
    kind = handler.rfile.read(4)[3]
    name = handler.rfile.read({1: 4, 4: 16}.get(kind) or handler.rfile.read(1)[0])
    handler.rfile.read(2)
    return name.decode() if kind == 3 else name.hex()


def _connect(handler: socketserver.StreamRequestHandler, names: list[str]) -> str:
    line = handler.rfile.readline().decode()
    while header := handler.rfile.readline().strip().decode():
        name, _, value = header.partition(":")
        if name.lower() == "proxy-authorization":
            names.append(base64.b64decode(value.split()[1]).decode())
    return line.split()[1]
