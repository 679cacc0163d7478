"""What the session asks, done: connections begun and ended, calls made over them, answers and news passed back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from typing import Any

from claw.mcp.channel import Channel, Gone
from claw.mcp.host.connection import Connection
from claw.mcp.messages import (
    CallTool,
    Cancel,
    Connect,
    Disconnect,
    Failed,
    FromHost,
    Parted,
    ToHost,
)


async def serve(sock: socket.socket) -> None:
    """Until the session closes the socket."""
    channel: Channel[ToHost] = Channel(sock, ToHost)
    host = Host(channel)
    try:
        while True:
            host.take(await channel.receive())
    except Gone:
        pass
    finally:
        await host.close()
        channel.close()


class Host:
    def __init__(self, channel: Channel[ToHost]) -> None:
        self._channel = channel
        self._connections: dict[int, Connection] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def take(self, message: ToHost) -> None:
        match message:
            case Connect():
                sock = self._channel.descriptor() if message.transport == "stdio" else None
                connection = Connection(message, sock, self._tell)
                self._connections[message.id] = connection
                self._begin(message.id, self._live(connection))
            case Disconnect(id=id) | Cancel(id=id):
                if task := self._tasks.get(id):
                    task.cancel()
            case CallTool():
                asked = self._connections.get(message.connection)
                if asked is None:
                    self._tell(Failed(id=message.id, why="it is not connected"))
                else:
                    self._begin(message.id, asked.perform(message))

    def _begin(self, id: int, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[id] = task
        task.add_done_callback(lambda _: self._tasks.pop(id, None))

    async def _live(self, connection: Connection) -> None:
        why = "it was disconnected"
        try:
            why = await connection.live()
        finally:
            del self._connections[connection.id]
            self._tell(Parted(id=connection.id, why=why))

    def _tell(self, message: FromHost) -> None:
        try:
            self._channel.send(message)
        except Gone:
            for task in self._tasks.values():
                task.cancel()

    async def close(self) -> None:
        """End all that is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)
