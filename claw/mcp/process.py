"""The process of a server that is spoken with by its standard streams: confined, with one socket for both."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Mapping

from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.permission import directories
from claw.events.tool import Sandbox
from claw.execution.confinement import available
from claw.execution.context import Facts, ToolContext
from claw.execution.grants import serving
from claw.execution.rules import denied_to, kept_from
from claw.execution.sandbox import Running, start
from claw.settings.mcp import ServerFile, expanded


def spawned(server: ServerFile, context: ToolContext, theirs: socket.socket) -> Running:
    """Start it; it reads and writes this socket. Blocks. Raises ToolError, Missing for a variable that is not set."""
    words = [expanded(word, context.environ) for word in server.command]
    folder = f"cd {shlex.quote(expanded(server.cwd, context.environ))} && " if server.cwd else ""
    command = f"{folder}exec {shlex.join(words)} 2>&1 1>&0"
    hidden, kept = kept_from(context)
    denied = denied_to(command, context) if available().traced else ()
    sandbox = None
    if server.confined:
        if not available().namespaces:
            raise ToolError("Nothing can confine it here.", hint=f'"sandbox": false at {server.source} lets it run.')
        sandbox = Sandbox(
            writable=server.writes,
            hidden=hidden,
            kept=kept if server.writes else (),
            directories=directories(context.rules),
            network=server.network,
        )
    return start(
        # bash takes a socket for the sign that it is to read the user's .bashrc.
        "/bin/sh",
        Facts(grant=serving(command, "McpServer"), sandbox=sandbox, denied=denied),
        # What it leaves in its /tmp goes with it, and nobody else sees it.
        replace(context, scratch=None),
        environment=context.environment | variables(server, context.environ),
        input=theirs.fileno(),
    )


def variables(server: ServerFile, environ: Mapping[str, str]) -> dict[str, str]:
    """What its settings add to its environment. Raises Missing."""
    return {name: expanded(text, environ) for name, text in server.env.items() if os.sep not in name}
