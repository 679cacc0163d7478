"""JSON-RPC 2.0 over standard input and output, a message a line: requests in both directions, and notifications.

Nothing that a client does or leaves undone stops a session, or takes memory without end. What waits to be written is
bounded: whoever has more to tell waits, and reads from the session's log what came meanwhile.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from claw.errors import ClawError

Id: TypeAlias = int | str | None
Message: TypeAlias = dict[str, Any]

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
AUTH_REQUIRED, NOT_FOUND, CANCELLED = -32000, -32002, -32800

ROOM = 4_000_000
"""Bytes that may wait to be written; a message that is longer goes alone."""


class Refused(ClawError):
    """A request that is answered by an error. `code` is JSON-RPC's, or the protocol's."""

    def __init__(self, code: int, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Gone(ClawError):
    """Nobody reads any more."""


class Request(Struct, frozen=True):
    """`id` is the client's; None in a notification, to which there is no answer."""

    method: str
    params: Any
    id: Id = None
    answered: bool = True


class Reply(Struct, frozen=True):
    """What the client says to a request of ours; `error` where it could not do it."""

    id: Id
    result: Any = None
    error: str = ""


def understood(line: bytes) -> Request | Reply:
    """What a line says. Raises Refused."""
    try:
        message = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(PARSE_ERROR, f"it is no JSON ({error})") from None
    if not isinstance(message, dict):
        raise Refused(INVALID_REQUEST, "a message is one JSON object")
    if message.get("jsonrpc") != "2.0":
        raise Refused(INVALID_REQUEST, 'a message has "jsonrpc": "2.0"')
    id = message.get("id")
    if not (id is None or isinstance(id, str) or (isinstance(id, int) and not isinstance(id, bool))):
        raise Refused(INVALID_REQUEST, "an id is a whole number or a text")
    if "method" in message:
        if not isinstance(message["method"], str):
            raise Refused(INVALID_REQUEST, "a method is a text")
        return Request(message["method"], message.get("params"), id, "id" in message)
    if "id" not in message or not ("result" in message or "error" in message):
        raise Refused(INVALID_REQUEST, 'a message has a "method", or the "id" and the "result" of a request')
    if "result" in message:
        return Reply(id, message["result"])
    said = message["error"]
    words = said.get("message") if isinstance(said, dict) else None
    return Reply(id, error=words if isinstance(words, str) and words else "it gave no reason")


def id_of(line: bytes) -> Id:
    """The id of a line that is no message, as far as it has one."""
    try:
        id = msgspec.json.decode(line)["id"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, LookupError):
        return None
    return id if isinstance(id, int | str) and not isinstance(id, bool) else None


class Wire:
    """Writes to the descriptor `output`, in a thread, because it may block there. `broken` is called in the event loop
    once nobody reads any more.
    """

    def __init__(self, output: int, broken: Callable[[], None]) -> None:
        self._output = output
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._lines: deque[bytes] = deque()
        self._held = 0
        self._some = threading.Condition()
        self._room = asyncio.Event()
        self._room.set()
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Reply]] = {}
        self._is_gone = self._is_closed = False
        self._thread = threading.Thread(target=self._write, daemon=True, name="standard output")
        self._thread.start()

    async def send(self, message: Message) -> None:
        """Write it as soon as there is room for it. Raises Gone."""
        while self._held > ROOM and not self._is_gone:
            self._room.clear()
            await self._room.wait()
        self.put(message)

    def put(self, message: Message) -> None:
        """Write it, room or not: what is small, and owed once. Raises Gone."""
        if self._is_gone:
            raise Gone("nobody reads standard output any more")
        line = msgspec.json.encode({"jsonrpc": "2.0", **message}) + b"\n"
        self._held += len(line)
        with self._some:
            self._lines.append(line)
            self._some.notify()

    async def ask(self, method: str, params: Message) -> Reply:
        """Have the client do something. Called off, the client is told that it need not answer. Raises Gone."""
        id = next(self._ids)
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._asked[id] = answer
        sent = False
        try:
            await self.send({"id": id, "method": method, "params": params})
            sent = True
            return await answer
        except asyncio.CancelledError:
            if sent and not self._is_gone:
                self.put({"method": "$/cancel_request", "params": {"requestId": id}})
            raise
        finally:
            del self._asked[id]

    def answer(self, reply: Reply) -> None:
        """Take an answer; what nobody waits for any more is passed over."""
        waiting = self._asked.get(reply.id) if isinstance(reply.id, int) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def close(self, patience: float) -> None:
        """Wait at most so many seconds until all is written. Blocks."""
        with self._some:
            self._is_closed = True
            self._some.notify()
        self._thread.join(patience)

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        while True:
            with self._some:
                while not (self._lines or self._is_closed):
                    self._some.wait()
                if not self._lines:
                    return
                data = b"".join(self._lines)
                self._lines.clear()
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(self._output, rest) :]
            except OSError:
                self._tell(self._gone)
                return
            self._tell(self._written, len(data))

    def _tell(self, function: Callable[..., None], *arguments: int) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            return  # the loop is over: nobody waits

    def _written(self, size: int) -> None:
        self._held -= size
        if self._held <= ROOM:
            self._room.set()

    def _gone(self) -> None:
        self._is_gone = True
        self._room.set()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Gone("nobody reads standard output any more"))
        self._broken()


def standard_output() -> int:
    """A descriptor of its own for the messages. From here on whatever else is written to standard output goes to
    standard error, or nowhere where there is none.
    """
    output = os.dup(1)
    os.set_inheritable(output, False)
    try:
        os.dup2(2, 1)
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    return output
