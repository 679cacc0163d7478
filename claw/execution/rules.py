"""What the session's rules keep from whatever reads or runs without a call of the model's: instructions, hooks."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from claw import _native
from claw.events.tool import DeniedCommand
from claw.execution.context import ToolContext

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, object]).decode

_CALL = {"tool": "", "footprint": "read", "traits": {"subject": "path"}}


def kept_from(context: ToolContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gitignore patterns, from the root of the file system: what must not be read, and what must not be changed."""
    reading, writing = _native.kept_from_processes(_question(context, ()))
    return tuple(reading), tuple(writing)


def denied_to(command: str, context: ToolContext) -> tuple[DeniedCommand, ...]:
    """The deny rules that hold for every program which this command line starts."""
    about = {"footprint": "execute", "traits": {"subject": "command", "argument": "command"}}
    question = _question(context, (), **about, arguments={"command": command})
    return tuple(DeniedCommand(rule=rule, source=source) for rule, source in _native.denials(question))


def may_be_read(path: str, context: ToolContext) -> bool:
    """Whether neither a rule nor what the file can hold speaks against reading this canonical path, by any name."""
    return readable(context)(path)


def readable(context: ToolContext) -> Callable[[str], bool]:
    """`may_be_read` for many paths: the rules are read once."""
    policy = _native.Policy(_question(context, ()))

    def may(path: str) -> bool:
        inside = path == context.workspace or path.startswith(context.workspace.rstrip("/") + "/")
        canonical = os.path.relpath(path, context.workspace) if inside else path
        fact = {"given": path, "canonical": canonical, "inside": inside, "exists": True}
        verdict = _decode(policy.check(_encode({**_CALL, "facts": {"paths": (fact,)}})))
        return verdict["verdict"] == "allow" or verdict["source"] == "mode"

    return may


def _of_worktree(context: ToolContext) -> dict[str, object]:
    """What rules keep in the session's workspace, they keep in a worktree that was made from it."""
    if not context.session:
        return {}
    below = os.path.relpath(context.workspace, context.tree)
    top = context.session if below == os.curdir else context.session.removesuffix(f"{os.sep}{below}")
    return {"twins": ({"tree": context.tree, "top": top, "workspace": context.session},)}


def _question(context: ToolContext, paths: tuple[dict[str, object], ...], **otherwise: object) -> bytes:
    """About a tool without a name that reads these paths, or does something else."""
    return _encode(
        {
            **_CALL,
            **otherwise,
            "mode": "default",
            "facts": {"paths": paths},
            "rules": context.rules,
            "cwd": context.workspace,
            "home": context.home,
            **_of_worktree(context),
        }
    )
