"""What a slash command acts on, and what may follow from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from rich.console import RenderableType

from claw.cli.terminal.agents import Agents
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.view import View
from claw.log import Home
from claw.session import Session
from claw.session.config import Options
from claw.settings import Settings


class Conversation(Protocol):
    """What a command acts on."""

    @property
    def home(self) -> Home: ...
    @property
    def options(self) -> Options: ...
    @property
    def view(self) -> View: ...
    @property
    def glyphs(self) -> Glyphs: ...
    @property
    def session(self) -> Session: ...
    @property
    def followed(self) -> Agents: ...
    def show_status_line(self, settings: Settings) -> None:
        """Have the line written from now on that these settled settings name."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The person wants to go."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Go on with the session at `path`."""

    path: str


@dataclass(frozen=True, slots=True)
class Say:
    """This is for the model."""

    text: str


Done: TypeAlias = Leave | Switch | Say | None
Function: TypeAlias = Callable[[Conversation, str], Awaitable[Done]]
Completer: TypeAlias = Callable[[Conversation, str], Iterable[tuple[str, str]]]
"""What the last word may be of what is typed behind a command's name, with what each means."""


def say(chat: Conversation, *parts: RenderableType) -> None:
    """Show this to the person."""
    chat.view.print(parts)
