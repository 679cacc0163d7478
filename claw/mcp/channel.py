"""One socket between the session and the process that speaks with servers: messages both ways, and descriptors.

A message is its length in 4 bytes, big-endian, and as many bytes of msgpack.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from claw.mcp.messages import Message

M = TypeVar("M", bound=Message)

MOST = 256 * 2**20
"""Bytes of one message."""
PIECE = 256 * 1024
MOST_DESCRIPTORS = 8
MOST_WAITING = 64 * 2**20
"""Bytes that may wait to be taken by the other side."""


class Gone(Exception):
    """The other side is not there any more, or does not take what it is sent."""


class Channel(Generic[M]):
    """`kinds` is the type of what comes. Belongs to one event loop."""

    def __init__(self, sock: socket.socket, kinds: object) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._decoder = msgspec.msgpack.Decoder(kinds)
        self._encode = msgspec.msgpack.Encoder().encode
        self._received = bytearray()
        self._descriptors: deque[int] = deque()
        self._out: deque[tuple[bytes, int | None]] = deque()
        self._waiting = 0
        self._writes: asyncio.Task[None] | None = None
        self._broken = False

    def send(self, message: Message, descriptor: int | None = None) -> None:
        """Soon, in order; with a descriptor, which is the channel's from now on. Raises Gone."""
        body = self._encode(message)
        if self._broken or self._waiting > MOST_WAITING:
            if descriptor is not None:
                os.close(descriptor)
            raise Gone
        data = len(body).to_bytes(4, "big") + body
        self._waiting += len(data)
        self._out.append((data, descriptor))
        if self._writes is None or self._writes.done():
            self._writes = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._out:
                data, descriptor = self._out.popleft()
                self._waiting -= len(data)
                if descriptor is None:
                    await loop.sock_sendall(self._sock, data)
                    continue
                try:
                    sent = await self._send_with(data, descriptor)
                finally:
                    os.close(descriptor)
                await loop.sock_sendall(self._sock, data[sent:])
        except OSError:
            self._broken = True

    async def _send_with(self, data: bytes, descriptor: int) -> int:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
        while True:
            try:
                return self._sock.sendmsg([data], rights)
            except BlockingIOError:
                await _ready(self._sock, write=True)

    async def receive(self) -> M:
        """The next message. Raises Gone."""
        while True:
            length = int.from_bytes(self._received[:4], "big") if len(self._received) >= 4 else MOST
            if length > MOST and len(self._received) >= 4:
                raise Gone
            if len(self._received) >= 4 + length:
                body = bytes(self._received[4 : 4 + length])
                del self._received[: 4 + length]
                try:
                    message: M = self._decoder.decode(body)
                except msgspec.DecodeError:
                    raise Gone from None
                return message
            await self._more()

    def descriptor(self) -> socket.socket:
        """The socket that came with a message that was received. Raises Gone."""
        if not self._descriptors:
            raise Gone
        return socket.socket(fileno=self._descriptors.popleft())

    async def _more(self) -> None:
        room = socket.CMSG_SPACE(MOST_DESCRIPTORS * 4)
        try:
            while True:
                try:
                    data, control, _, _ = self._sock.recvmsg(PIECE, room, socket.MSG_CMSG_CLOEXEC)
                    break
                except BlockingIOError:
                    await _ready(self._sock)
        except OSError:
            raise Gone from None
        for level, kind, rights in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                found = array.array("i")
                found.frombytes(rights[: len(rights) - len(rights) % found.itemsize])
                self._descriptors.extend(found)
        if not data:
            raise Gone
        self._received += data

    def close(self) -> None:
        self._broken = True
        if self._writes is not None:
            self._writes.cancel()
        for _, descriptor in self._out:
            if descriptor is not None:
                os.close(descriptor)
        self._out.clear()
        for descriptor in self._descriptors:
            with suppress(OSError):
                os.close(descriptor)
        self._sock.close()


async def _ready(sock: socket.socket, *, write: bool = False) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    add, remove = (loop.add_writer, loop.remove_writer) if write else (loop.add_reader, loop.remove_reader)
    descriptor = sock.fileno()
    if descriptor < 0:
        raise OSError("the channel is closed")
    add(descriptor, lambda: None if ready.done() else ready.set_result(None))
    try:
        await ready
    finally:
        remove(descriptor)
