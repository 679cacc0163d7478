"""An HTTP/2 server on one connection of `raw_server`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from .raw_server import Connection

Talk = Callable[["Http2", int, bytes], None]
"""(server, number of the stream, body of the request)."""


class Http2:
    """Calls `asked` with each request, and notes streams that the client has reset."""

    def __init__(self, connection: Connection, asked: Talk) -> None:
        self.connection = connection
        self.reset: list[int] = []
        self.protocol = H2Connection(H2Configuration(client_side=False))
        self._asked = asked
        self._bodies: dict[int, bytes] = {}

    def serve(self) -> None:
        """Until one of both hangs up."""
        self.protocol.initiate_connection()
        self._flush()
        with suppress(ProtocolError):
            while data := self.connection.link.recv(65536):
                for event in self.protocol.receive_data(data):
                    self._take(event)
                self._flush()

    def answer(self, stream: int, data: bytes, *, ends: bool = True, status: int = 200) -> None:
        self.protocol.send_headers(stream, [(":status", str(status)), ("content-type", "text/event-stream")])
        self.protocol.send_data(stream, data, end_stream=ends)
        self._flush()

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._bodies[event.stream_id] = b""
            case DataReceived():
                self._bodies[event.stream_id] += event.data
                self.protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case StreamEnded():
                self._asked(self, event.stream_id, self._bodies.pop(event.stream_id))
            case StreamReset():
                self.reset.append(event.stream_id)

    def _flush(self) -> None:
        self.connection.send(self.protocol.data_to_send())


def http2(asked: Talk) -> Callable[[Connection], None]:
    """What `raw_server` takes."""
    return lambda connection: Http2(connection, asked).serve()
