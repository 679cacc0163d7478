"""What an agent has seen: a file is changed only as the agent that changes it knows it."""

from __future__ import annotations

from claw import _native
from claw.errors import ToolError
from claw.execution.context import ToolContext
from claw.execution.files import File, read_whole


def current(path: str, name: str, context: ToolContext, agent: int) -> File:
    """The file, which is what the agent last saw. Raises ToolError if it is not, OSError."""
    file = read_whole(path)
    digest = context.read.get((agent, path))
    if digest is None:
        raise ToolError(f"You have not read {name} in this session. Read it first, then change it.")
    if digest != _native.blake3(file.data):
        raise ToolError(f"{name} has changed on disk since you read it. Read it again, then change it.")
    return file


def knows(path: str, data: bytes, context: ToolContext, agent: int) -> bool:
    """Whether the agent has seen the file as it is: `data`."""
    return context.read.get((agent, path)) == _native.blake3(data)


def left(path: str, data: bytes | None, context: ToolContext, agent: int) -> None:
    """`data` is what the file now holds by a call, of which the agent need not know all; None: it is gone."""
    if data is None:
        context.read.pop((agent, path), None)
        context.left.pop(path, None)
    else:
        context.left[path] = _native.blake3(data)


def remember(path: str, data: bytes, context: ToolContext, agent: int) -> None:
    """`data` is what the file now holds by a call, and what the agent that made it knows of it."""
    context.read[agent, path] = context.left[path] = _native.blake3(data)
