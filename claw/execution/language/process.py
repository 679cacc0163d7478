"""The process of a language server: confined as a command that only reads, its standard input and output one socket."""

from __future__ import annotations

import os
import shlex
import socket

from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.permission import directories
from claw.events.tool import Sandbox
from claw.execution.confinement import available
from claw.execution.context import Facts, ToolContext
from claw.execution.grants import serving
from claw.execution.language.known import Program
from claw.execution.programs import apart, only_apart
from claw.execution.rules import denied_to, kept_from
from claw.execution.sandbox import Running, start
from claw.execution.threads import finished


async def spawn(program: Program, path: str, context: ToolContext) -> tuple[Running, socket.socket]:
    """Start it; what it says comes by the socket. Raises ToolError where it cannot be started, or not confined."""
    if not available().namespaces:
        raise ToolError("Nothing can confine it here.")
    ours, theirs = socket.socketpair()
    try:
        running = await finished(lambda: _spawned(program, path, context, theirs.fileno()))
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    ours.setblocking(False)
    return running, ours


def _spawned(program: Program, path: str, context: ToolContext, input: int) -> Running:
    search_path = context.environment.get("PATH", os.defpath)
    command = f"exec {shlex.join([path, *program.command[1:]])} 2>&1 1>&0"
    hidden, _ = kept_from(context)
    denied = denied_to(command, context) if available().traced else ()
    # Of home it sees what lies around the folders on PATH.
    places = search_path, os.path.dirname(path), *_packages(path)
    seen = context.environment | {"PATH": os.pathsep.join(places)}
    sandbox = Sandbox(hidden=hidden, directories=directories(context.rules))
    environment = apart(context.environment, context.changeable) | {"PATH": only_apart(search_path, context.changeable)}
    return start(
        # bash takes a socket for the sign that it is to read the user's .bashrc.
        "/bin/sh",
        Facts(grant=serving(command), sandbox=sandbox, denied=denied),
        # What it leaves in its /tmp goes with it, and nobody else sees it.
        replace(context, scratch=None, environment=seen),
        environment=environment | program.env,
        input=input,
    )


def _packages(path: str) -> tuple[str, ...]:
    """The folder with all packages of Node, if the program is of one: what it needs lies beside it."""
    before, name, _ = os.path.realpath(path).partition(f"{os.sep}node_modules{os.sep}")
    return (f"{before}{os.sep}node_modules",) if name else ()
