"""A web server on this machine for one test: pages by path, and what it was asked for."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

Answer: TypeAlias = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """`pages` may be changed while it serves."""

    pages: dict[str, Answer]
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(path, Host) of each request."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def page(
    body: str | bytes, content_type: str = "text/html; charset=utf-8", status: int = 200, **headers: str
) -> Answer:
    """An answer that is whole."""
    data = body.encode() if isinstance(body, str) else body

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"content-type": content_type, "content-length": str(len(data)), **own}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    return page("moved", status=status, location=to)


def endless(piece: bytes, content_type: str = "text/html", **headers: str) -> Answer:
    """An answer of 100 MB, or as much of it as is read."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("content-type", content_type)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        for _ in range(100_000_000 // len(piece)):
            request.wfile.write(piece)

    return answer


@contextmanager
def web(pages: dict[str, Answer], tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """Serve them, with `tls` inside of that."""
    made = Web(pages)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers.get("host", "")))
            answer = made.pages.get(self.path.partition("?")[0], page("<p>No such page.</p>", status=404))
            with suppress(OSError):  # the reader has seen enough
                answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
