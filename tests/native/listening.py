"""A server on this machine for one test: it accepts until it is closed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Listener:
    """Each connection is answered in a thread of its own and closed behind it."""

    def __init__(self, answer: Callable[[socket.socket], None], host: str = "127.0.0.1", port: int = 0) -> None:
        self._answer = answer
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._closed, args=[client], daemon=True).start()

    def _closed(self, client: socket.socket) -> None:
        with client:
            self._answer(client)

    def close(self) -> None:
        # Else the thread that accepts would go on with it.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
