"""A server that answers with just the bytes it is given: what compatible servers send, and what is no reply at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answered:
    """`cut`: the connection breaks after the body; `waits`: it stays open and silent instead of ending."""

    body: bytes
    kind: str = "text/event-stream"
    status: int = 200
    cut: bool = False
    waits: bool = False


@dataclass
class OddServer:
    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def odd_server(answer: Callable[[dict[str, Any]], Answered] | Answered) -> Iterator[OddServer]:
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            server.bodies.append(asked)
            server.paths.append(self.path)
            answered = answer(asked) if callable(answer) else answer
            self.close_connection = True
            self.send_response(answered.status)
            self.send_header("content-type", answered.kind)
            self.send_header("connection", "close")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            if answered.body:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(answered.body), answered.body))
            if answered.waits:
                self.wfile.flush()
                ended.wait(60)
            elif not answered.cut:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *arguments: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = OddServer(f"http://127.0.0.1:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        ended.set()
        listening.shutdown()
        listening.server_close()
        thread.join()


def sse(*records: object) -> bytes:
    """With event lines where a record names its type."""
    return b"".join(map(_event, records))


def _event(record: object) -> bytes:
    name = record.get("type") if isinstance(record, dict) else None
    data = record if isinstance(record, str) else json.dumps(record)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()
