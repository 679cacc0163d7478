"""Started by a session with one socket as its standard input; ends with it."""

from __future__ import annotations

import asyncio
import logging
import socket

from claw.mcp.host.serving import serve

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # what goes wrong is told to the session
    asyncio.run(serve(socket.socket(fileno=0)))
