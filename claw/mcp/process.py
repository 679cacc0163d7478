"""The process of a server that is spoken with by its standard streams: confined, with one socket for both."""

from __future__ import annotations

import os
import shlex
import socket
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from claw.errors import ToolError
from claw.events.permission import directories
from claw.events.tool import Sandbox
from claw.execution.confinement import available
from claw.execution.context import Facts, ToolContext
from claw.execution.grants import serving
from claw.execution.links import is_inside
from claw.execution.programs import is_hidden
from claw.execution.rules import denied_to, kept_from
from claw.execution.sandbox import Running, start
from claw.settings.mcp import ServerFile, expanded


def spawned(server: ServerFile, context: ToolContext, theirs: socket.socket) -> Running:
    """Start it; it reads and writes this socket. Blocks. Raises ToolError, Missing for a variable that is not set."""
    words = [expanded(word, context.environ) for word in server.command]
    folder = f"cd {shlex.quote(expanded(server.cwd, context.environ))} && " if server.cwd else ""
    command = f"{folder}exec {shlex.join(words)} 2>&1 1>&0"
    folders, opened = _named(words, context)
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
            opened=opened,
        )
    return start(
        # bash takes a socket for the sign that it is to read the user's .bashrc.
        "/bin/sh",
        Facts(grant=serving(command, "McpServer"), sandbox=sandbox, denied=denied),
        # What it leaves in its /tmp goes with it, and nobody else sees it. It sees what lies around folders on PATH.
        replace(context, scratch=None, environment=context.environment | {"PATH": _joined(context, folders)}),
        environment=context.environment | variables(server, context.environ),
        input=theirs.fileno(),
    )


_MARKS = ("package.json", "pyproject.toml", "setup.py", "Cargo.toml", "go.mod", ".git", "node_modules", ".venv")
"""What lies in the folder of a whole program."""


def _named(words: Sequence[str], context: ToolContext) -> tuple[list[str], tuple[str, ...]]:
    """What a command names beyond the workspace, which it could not see: folders with the programs that it runs, and
    what it is to work on, which it may change.
    """
    folders, opened = [], []
    for word in words:
        path = os.path.realpath(word.partition("=")[2] if word.startswith("-") else word)
        given = word.partition("=")[2] if word.startswith("-") else word
        if not os.path.isabs(given) or not os.path.exists(path) or not is_hidden(path, context.home):
            continue
        if path == context.claw_home or is_inside(path, context.claw_home) or is_inside(path, context.workspace):
            continue
        folder = _program_folder(path, context.home)
        if folder is None or os.path.isdir(path):
            opened.append(path)
        else:
            folders += [folder, os.path.dirname(word)]
    return folders, tuple(opened)


def _program_folder(path: str, home: str) -> str | None:
    """The folder with all of the program that a file belongs to; None: it lies in the home folder itself."""
    folder = os.path.dirname(path)
    if folder == home:
        return None
    above = folder
    while above not in ("/", home) and is_hidden(above, home):
        if any(os.path.lexists(os.path.join(above, mark)) for mark in _MARKS):
            return above
        above = os.path.dirname(above)
    return folder


def _joined(context: ToolContext, folders: list[str]) -> str:
    return os.pathsep.join([context.environment.get("PATH", os.defpath), *folders])


def variables(server: ServerFile, environ: Mapping[str, str]) -> dict[str, str]:
    """What its settings add to its environment. Raises Missing."""
    return {name: expanded(text, environ) for name, text in server.env.items() if os.sep not in name}
