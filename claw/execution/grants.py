"""Leave to act, in the form that what acts takes."""

from __future__ import annotations

from claw import _native
from claw.events.tool import PathFact, ToolStarted, call_bytes


def granted(intent: ToolStarted) -> _native.Grant:
    """What this call may do, each thing once. Raises ToolError if it is not the call that its digest names."""
    call = call_bytes(intent.name, intent.arguments, intent.paths)
    command = intent.traits.argument if intent.traits.subject in ("command", "text") else None
    return _native.Grant(call, intent.digest, command)


def ordered(action: str, path: str) -> _native.Grant:
    """Leave to write one file of claw's user, because the user told claw to, and no model has a say in it.

    `path` is canonical and absolute; `action` says what for.
    """
    call = call_bytes(action, {}, (PathFact(parameter="path", given=path, canonical=path, inside=False),))
    return _native.Grant(call, _native.blake3(call))


def shown(command: str) -> _native.Grant:
    """Leave to run what the person's settings name for the line below the input. Its standard error goes nowhere."""
    call = call_bytes("StatusLine", {"command": f"exec 2>/dev/null\n{command}"}, ())
    return _native.Grant(call, _native.blake3(call), "command")


def serving(command: str, kind: str = "LanguageServer") -> _native.Grant:
    """Leave to start a server: of a language, because the settings or claw's own table name it, and the call under way
    may look at the files that it reads; of MCP, because settings that count name it, and its `mcp.connect_requested`
    is on disk. What it can reach its sandbox says.
    """
    call = call_bytes(kind, {"command": command}, ())
    return _native.Grant(call, _native.blake3(call), "command")
