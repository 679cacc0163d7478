"""Slash commands in an editor: claw's own whose answer is a text, those that change the session, files and skills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from claw.cli.acp import texts
from claw.cli.acp.texts import Piece
from claw.cli.sanitize import clean
from claw.cli.terminal.commands import registry
from claw.errors import UsageError
from claw.late import load, pattern
from claw.log import Home
from claw.session import Session
from claw.session.config import Options

OFFERED = (
    *("compact", "clear", "status", "cost", "context", "budget", "model", "effort", "permissions", "revoke", "plan"),
    *("bashes", "hooks", "skills", "rename", "tag", "log", "config", "doctor", "init", "review", "commit"),
)
"""Those of claw's own that mean something in an editor."""
WIDTH = 96
_CALL = pattern(r"/([^\W_][\w:.-]*)(?:\s|\Z)")

T = TypeVar("T")


def available(session: Session) -> Piece:
    """All that can be typed, for the editor's list."""
    rows = [(name, registry.COMMANDS[name].help, registry.COMMANDS[name].argument) for name in OFFERED]
    own = session.own.at_start.files.values() if session.own is not None else ()
    taken = registry.RESERVED | set(OFFERED)
    rows += [(file.name, file.description, file.hint) for file in own if file.by_person and file.name not in taken]
    commands: list[Piece] = []
    for name, description, hint in rows:
        command: Piece = {"name": clean(name), "description": clean(description)}
        if hint:
            command["input"] = {"hint": clean(hint)}
        commands.append(command)
    return {"sessionUpdate": "available_commands_update", "availableCommands": commands}


def names_own(session: Session, text: str) -> bool:
    """Whether claw itself does what was typed, or says that there is no such command: it is no text for the model, and
    no file's command.
    """
    match = _CALL.match(text)
    if match is None:
        return False
    command = registry.COMMANDS.get(match[1])
    if command is not None:
        return bool(command.does)
    return session.own is None or session.own.find(match[1]) is None


async def perform(home: Home, options: Options, session: Session, text: str) -> tuple[str, str]:
    """Do it: what it says, in Markdown, and what is for the model now. Raises UsageError."""
    match = _CALL.match(text)
    command = registry.named(match[1]) if match else None
    if command is not None and command.name not in OFFERED:
        raise UsageError(f"/{command.name} is for claw's own terminal", hint=f"claw resume {session.id}")
    there = _Here(home, options, session)
    done = await load("claw.cli.terminal.commands.performing", "perform")(there, text)
    said = there.view.said()
    return texts.fenced(said) if said else "", getattr(done, "text", "")


class _Page:
    """A view that keeps what it is told to print; nobody can be asked at it."""

    def __init__(self) -> None:
        self._parts: list[Any] = []

    def print(self, parts: Sequence[Any]) -> None:
        self._parts += parts

    async def choose(self, subject: object, offered: Sequence[T]) -> T | None:
        return None

    def said(self) -> str:
        """All of it but the line that names the command, as plain text."""
        screen = load("claw.cli.terminal.screen", "Screen")(
            load("claw.cli.terminal.screen", "Abilities")(None, True, True, True)
        )
        return "\n".join(line for part in self._parts[1:] for line in screen.lines(part, WIDTH)).rstrip()


@dataclass
class _Here:
    """What commands act on, where an editor is in front."""

    home: Home
    options: Options
    session: Session

    def __post_init__(self) -> None:
        self.view = _Page()
        self.glyphs = load("claw.cli.terminal.screen", "UNICODE")
