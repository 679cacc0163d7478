"""A server as people write them, with the protocol's own library: by standard streams, or `http PORT`."""

from __future__ import annotations

import asyncio
import base64
import os
import sys

from mcp.server.mcpserver import Context, Image, MCPServer

server = MCPServer("plain", instructions="Ask `add` for sums.", version="1.2")


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail() -> str:
    """Fails."""
    raise ValueError("it went wrong")


@server.tool()
async def steps(context: Context) -> str:
    """Takes three steps."""
    for step in range(3):
        await context.report_progress(step + 1, 3, f"step {step + 1}")
    return "done"


@server.tool()
async def wait(seconds: float) -> str:
    """Waits."""
    await asyncio.sleep(seconds)
    return "waited"


@server.tool()
def picture() -> Image:
    """A picture of one pixel."""
    pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAIAAAUAAeIhvDMAAAAASUVORK5CYII="
    return Image(data=base64.b64decode(pixel), format="png")


@server.tool()
def environment(name: str) -> str:
    """The variable of this name."""
    return os.environ.get(name, "not set")


@server.tool()
def write(path: str) -> str:
    """Writes a file."""
    with open(path, "w") as file:
        file.write("written by a server")
    return "written"


@server.tool()
def leave() -> str:
    """Ends the server."""
    os._exit(3)


@server.resource("notes://today")
def today() -> str:
    """What is to be done."""
    return "buy milk"


@server.prompt()
def greet(name: str) -> str:
    """Greets somebody."""
    return f"Say hello to {name}."


if __name__ == "__main__":
    if sys.argv[1:2] == ["http"]:
        server.settings.port = int(sys.argv[2])
        server.run("streamable-http")
    else:
        server.run("stdio")
