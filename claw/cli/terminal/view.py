"""The seam between a conversation and the terminal it is held in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct
from rich.console import RenderableType
from rich.text import Text

from claw.cli.terminal.heading import Heading
from claw.cli.terminal.inquiry import Choice, Subject
from claw.events.control import LimitAsked
from claw.events.permission import Mode, PermissionAsked
from claw.events.question import PlanProposed, QuestionAsked
from claw.handlers.permission import Answers, Reply, Review
from claw.settings.looks import Looks

if TYPE_CHECKING:
    from claw.cli.terminal.picker import Listing

T = TypeVar("T")

READ_KEY = "Ctrl-O"
"""Shows the whole session."""


class Typed(Struct, frozen=True):
    """A line that the person has entered. `is_text`: it is for the model, though it may look like a command, because
    how it begins was not typed.
    """

    text: str
    is_text: bool = False


class Presenter(Protocol):
    """What a view shows beside what it was told to print, and what keys do. Cheap: asked many times a second."""

    def busy(self) -> bool:
        """Whether a turn is under way."""
        ...

    def growing(self) -> list[RenderableType]:
        """What is not printed yet, as it looks now."""
        ...

    def whole(self) -> list[RenderableType]:
        """All of what is under way, with nothing folded."""
        ...

    def path(self) -> str:
        """The folder of the session that is talked to; empty: none is open."""
        ...

    def agents(self, width: int, most: int, *, folded: bool) -> list[Text]:
        """The agents at work, in at most `most` lines of at most `width` cells, in one where they are `folded`. Empty:
        none is.
        """
        ...

    def asker(self, request: int) -> int:
        """The id of the agent that wants this call."""
        ...

    def others(self) -> bool:
        """Whether the main agent's reply has more calls without a result than one."""
        ...

    def told(self, request: int) -> None:
        """All that this call would do has been printed."""
        ...

    def under(self) -> list[Text]:
        """What a program of the person's has written for the place below the input; harmless."""
        ...

    def heading(self) -> Heading:
        """What the session is about, and where."""
        ...

    def status(self, stop: str) -> str:
        """One line on what is going on, and that the key `stop` interrupts it; harmless."""
        ...

    def footer(self) -> str:
        """One line on the session; harmless."""
        ...

    def interrupt(self) -> None:
        """The person wants the turn to stop."""
        ...

    def steer(self, typed: Typed) -> None:
        """The person says this into the turn that runs."""
        ...

    def next_mode(self) -> None:
        """The person wants the next permission mode."""
        ...

    def queues(self) -> bool:
        """Whether something that the person has typed waits for the turn's end."""
        ...

    def take_back(self, give: Callable[[str], None]) -> None:
        """The person wants the last of that back: `give` takes its text, soon."""
        ...


class View(Protocol):
    """Prints, reads lines, asks. Also an `Asker`."""

    draws: bool
    """Shows what is under way, too, and not only what is printed."""
    exit_code: int
    """128 + n once signal n has asked for the end."""
    looks: Looks
    """How it is to look; `adopt` changes that."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Hold the terminal for as long as the block runs."""
        ...

    def print(self, parts: Sequence[RenderableType]) -> None:
        """Add to the scrollback, in order, each part after an empty line."""
        ...

    def clipboard(self, encoded: str) -> bool:
        """Have the terminal take this text, in base64, for its clipboard (OSC 52); False: it knows no such thing."""
        ...

    def adopt(self, looks: Looks) -> None:
        """Look so from now on."""
        ...

    def read(self) -> bool:
        """Show the whole session on a screen of its own, until the person leaves that; False: there can be none."""
        ...

    def refresh(self) -> None:
        """What the presenter says may have changed."""
        ...

    async def line(self) -> Typed | None:
        """The next line the person has entered; None when the person leaves."""
        ...

    async def choose(self, subject: Subject, offered: Sequence[Choice[T]]) -> T | None:
        """What the person chooses; None when the person leaves. Keys that were typed for the line choose nothing."""
        ...

    async def pick(self, listing: Listing[T]) -> T | None:
        """What the person takes from a list; None: nothing."""
        ...

    async def write(self, title: str, text: str) -> str | None:
        """What the person makes of this text; None: it stays as it is, or the person leaves."""
        ...

    async def ask(self, question: PermissionAsked) -> Reply: ...
    async def answer(self, questions: QuestionAsked) -> Answers: ...
    async def review(self, proposed: PlanProposed, modes: Sequence[Mode]) -> Review: ...
    async def go_on(self, question: LimitAsked) -> int | None: ...
