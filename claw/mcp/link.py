"""The session's end of the process that speaks with servers: begun by the first connection, ended with the session."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
from collections.abc import Callable
from itertools import count

from claw.errors import ToolError
from claw.execution.context import Facts, ToolContext
from claw.execution.grants import serving
from claw.execution.last_words import LastWords
from claw.execution.process import followed
from claw.execution.sandbox import Running, start
from claw.execution.threads import finished
from claw.mcp.channel import Channel, Gone
from claw.mcp.messages import Cancel, Failed, FromHost, Message, Progressed, Result

_PASSED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "all_proxy")
"""Variables that the process has of claw's, and those with these names in capitals: how to reach the network."""
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


class Link:
    """`heard` takes what comes unasked: of connections, and of their servers; `ended` is told why nothing comes any
    more.
    """

    def __init__(self, context: ToolContext, heard: Callable[[FromHost], None], ended: Callable[[str], None]) -> None:
        self._context = context
        self._heard = heard
        self._ended = ended
        self._ids = count(1)
        self._asked: dict[int, asyncio.Future[Result]] = {}
        self._progress: dict[int, Callable[[Progressed], None]] = {}
        self._channel: Channel[FromHost] | None = None
        self._running: Running | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._said = LastWords()
        self._starting = asyncio.Lock()

    def next_id(self) -> int:
        return next(self._ids)

    async def begin(self) -> None:
        """Have the process run. Raises ToolError."""
        async with self._starting:
            if self._channel is not None:
                return
            ours, theirs = socket.socketpair()
            try:
                self._running = await finished(lambda: self._spawned(theirs.fileno()))
            except BaseException:
                ours.close()
                raise
            finally:
                theirs.close()
            self._channel = Channel(ours, FromHost)
            self._said = LastWords()
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._listen(self._channel)), loop.create_task(self._follow())]

    def _spawned(self, input: int) -> Running:
        command = f"exec {shlex.join([sys.executable, '-I', '-m', 'claw.mcp.host'])}"
        environ = self._context.environ
        names = (*_PASSED, *map(str.upper, _PASSED), *_CERTIFICATES)
        environment = {name: environ[name] for name in names if name in environ}
        return start(
            "/bin/sh", Facts(grant=serving(command, "McpHost")), self._context, environment=environment, input=input
        )

    def send(self, message: Message, sock: socket.socket | None = None) -> None:
        """Raises ToolError."""
        try:
            if self._channel is None:
                raise Gone
            self._channel.send(message, None if sock is None else os.dup(sock.fileno()))
        except Gone:
            raise ToolError("The process that speaks with MCP servers has ended.") from None

    async def ask(self, message: Message, progress: Callable[[Progressed], None] | None = None) -> Result:
        """Its answer. Once cancelled, the server is told so. Raises ToolError with why there is none."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._asked[message.id] = future
        if progress is not None:
            self._progress[message.id] = progress
        try:
            self.send(message)
            return await future
        except asyncio.CancelledError:
            if self._channel is not None:
                self.send(Cancel(id=message.id))
            raise
        finally:
            self._asked.pop(message.id, None)
            self._progress.pop(message.id, None)

    async def _listen(self, channel: Channel[FromHost]) -> None:
        try:
            while True:
                self._take(await channel.receive())
        except Gone:
            pass
        finally:
            self._channel = None
            channel.close()
            why = str(self._said) or "the process that speaks with MCP servers has ended"
            for future in self._asked.values():
                if not future.done():
                    future.set_exception(ToolError(f"There is no answer: {why}."))
            self._ended(why)

    def _take(self, message: FromHost) -> None:
        match message:
            case Result(id=id):
                if (future := self._asked.get(id)) is not None and not future.done():
                    future.set_result(message)
            case Failed(id=id):
                if (future := self._asked.get(id)) is not None and not future.done():
                    future.set_exception(ToolError(message.why))
            case Progressed(id=id):
                if (told := self._progress.get(id)) is not None:
                    told(message)
            case _:
                self._heard(message)

    async def _follow(self) -> None:
        assert self._running is not None, "it was started"
        try:
            await followed(self._running.process, self._said, None)
        finally:
            self._running.process.kill()

    async def close(self) -> None:
        """End it. Raises nothing."""
        for task in self._tasks:
            task.cancel()
        if self._running is not None:
            self._running.process.kill()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        if self._channel is not None:
            self._channel.close()
            self._channel = None
