"""A model that answers at once, for whoever asks it, and notes when: `python -m bench.model NOTES` prints its URL.

It speaks the three wire formats of the scripted model. What it says follows from the last text of the user's that names
a scenario:

- ``scenario plain``: one word.
- ``scenario tools-N``: N calls of the client's shell tool, one a reply (``true 1``, ``true 2``, …), then one word.
- ``scenario stream-N``: a text in N pieces, each written by itself.

NOTES gets a line of JSON for each request: when its first byte came and when the last one of the answer was handed to
the kernel (ns of CLOCK_MONOTONIC), what was asked, and how many bytes it had.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from claw.providers.scripted.frames import Answer
from claw.providers.scripted.request import Wire, wire_of
from claw.providers.scripted.scenario import Reply, Text, Tokens, Tool
from claw.providers.scripted.server import WIRES

SCENARIO = re.compile(r"scenario (plain|tools-(\d+)|stream-(\d+))")
SHELLS = re.compile(r"bash|shell|exec|terminal|run", re.IGNORECASE)
PIECES_AT_ONCE = 64
"""Pieces of a long text after which the client is waited for."""
TOKENS = Tokens(input=1_000, output=10)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Noted(msgspec.Struct):
    """A request: nanoseconds, the kind of reply (`tool`, `text` or empty), the scenario, the body's bytes."""

    came: int
    answered: int = 0
    reply: str = ""
    scenario: str = ""
    bytes: int = 0


def said(wire: Wire, body: dict[str, Any]) -> Iterator[str | None]:
    """The texts of the user's, in order; None for a result of a tool."""
    for item in body.get("input" if wire == "openai-responses" else "messages") or ():
        if isinstance(item, str) or item.get("type", "message").endswith("_output") or item.get("role") == "tool":
            yield None
        elif item.get("role") == "user":
            content = item.get("content")
            for part in [{"text": content}] if isinstance(content, str) else content or ():
                if part.get("type") == "tool_result":
                    yield None
                elif "text" in part:
                    yield part["text"]


def scenario_of(wire: Wire, body: dict[str, Any]) -> tuple[str, int]:
    """The scenario, and how many results of tools came since it was named."""
    name, results = "", 0
    for text in said(wire, body):
        if text is None:
            results += 1
        elif found := SCENARIO.search(text):
            name, results = found[1], 0
    return name, results


def call(body: dict[str, Any], number: int) -> Tool | None:
    """A call of the client's shell: of the tool that takes a command."""
    offered = sorted(_commands(body.get("tools") or ()), key=lambda tool: not SHELLS.search(tool[0]))
    if not offered:
        return None
    name, parameter, schema = offered[0]
    command = f"true {number}"
    wanted: Any = ["bash", "-c", command] if schema["properties"][parameter].get("type") == "array" else command
    more = {key: _any(schema["properties"].get(key, {})) for key in schema.get("required", ()) if key != parameter}
    return Tool(name=name, arguments={parameter: wanted, **more}, id=f"call_{number:06}")


def _commands(tools: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for tool in tools:
        if isinstance(tool.get("tools"), list):
            yield from _commands(tool["tools"])
            continue
        own = tool.get("function", tool)
        schema = own.get("parameters") or own.get("input_schema") or {}
        for parameter in ("command", "cmd"):
            if parameter in (schema.get("properties") or {}):
                yield own["name"], parameter, schema


def _any(schema: dict[str, Any]) -> Any:
    """Some value that the schema allows."""
    kinds: dict[str, Any] = {"boolean": False, "integer": 10_000, "number": 10_000, "array": [], "object": {}}
    return schema["enum"][0] if schema.get("enum") else kinds.get(str(schema.get("type")), "run true")


def answer(wire: Wire, body: dict[str, Any], noted: Noted) -> tuple[list[bytes], bool]:
    """The server-sent events of the reply, and whether each is to be written by itself."""
    noted.scenario, results = scenario_of(wire, body)
    kind, _, count = noted.scenario.partition("-")
    block: Tool | Text = Text(text=("done",))
    if kind == "tools" and results < int(count):
        block = call(body, results + 1) or block
    elif kind == "stream" and body.get("tools"):
        block = Text(text=tuple(f"word{number} lorem " for number in range(int(count))))
    noted.reply = "tool" if isinstance(block, Tool) else "text"
    reply = Reply(blocks=(block,), usage=TOKENS)
    frames = WIRES[wire].frames(Answer(reply, 0, results, body.get("model") or "mock", TOKENS))
    return [frame.encode() for frame in frames], kind == "stream" and noted.reply == "text"


class Server:
    """Keeps its connections open; one request at a time on each."""

    def __init__(self, notes: str) -> None:
        self._notes = open(notes, "ab", buffering=0)  # noqa: SIM115 - as long as the process

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(0)
        try:
            while first := await reader.read(1):
                noted = Noted(time.monotonic_ns())
                lines = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                raw = await _body(reader, headers)
                noted.bytes = len(raw)
                await self._answer(lines[0].split(" ")[1], raw, writer, noted)
                self._notes.write(msgspec.json.encode(noted) + b"\n")
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, raw: bytes, writer: asyncio.StreamWriter, noted: Noted) -> None:
        wire = wire_of(path)
        try:
            body = msgspec.json.decode(raw) if wire else None
        except msgspec.DecodeError:
            body = None
        if wire is None or not isinstance(body, dict) or not body.get("stream"):
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
            return
        events, singly = answer(wire, body, noted)
        chunks = [b"%x\r\n%b\r\n" % (len(event), event) for event in events]
        if singly:
            writer.write(HEAD)
            for number, chunk in enumerate(chunks):
                writer.write(chunk)
                if number % PIECES_AT_ONCE == 0:
                    await writer.drain()
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(b"".join((HEAD, *chunks, b"0\r\n\r\n")))
        await writer.drain()
        noted.answered = time.monotonic_ns()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", "0")))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


async def main(notes: str) -> None:
    server = await asyncio.start_server(Server(notes).serve, "127.0.0.1", 0, limit=64 << 20)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
