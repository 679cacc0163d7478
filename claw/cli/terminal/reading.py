"""The terminal's other screen, on which a whole session is read, and the way back to the conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import (
    ConditionalKeyBindings,
    DynamicKeyBindings,
    KeyBindings,
    KeyBindingsBase,
    merge_key_bindings,
)

from claw.cli.terminal.inquiry import Inquiry
from claw.cli.terminal.screen import Screen
from claw.cli.terminal.view import Presenter
from claw.late import load

if TYPE_CHECKING:
    from claw.cli.terminal.reader.window import Reader


@dataclass(slots=True)
class Reading:
    """`inquiry` is the question that waits for the person; `back` is called once the conversation is shown again."""

    screen: Screen
    presenter: Presenter
    inquiry: Callable[[], Inquiry | None]
    back: Callable[[], None]
    app: Application[None] = field(init=False)
    _reader: Reader | None = None

    @property
    def under_way(self) -> bool:
        return self._reader is not None

    def keys(self, others: KeyBindings) -> KeyBindingsBase:
        """The keys of what is shown; `others` are those of the conversation."""
        reading = Condition(lambda: self.under_way)
        own = DynamicKeyBindings(lambda: self._reader.keys if self._reader is not None else None)
        return merge_key_bindings([ConditionalKeyBindings(others, ~reading), own])

    def begin(self) -> None:
        """Show the session, if one is open."""
        path = self.presenter.path()
        if not path or self.under_way:
            return
        size = self.app.output.get_size
        around = load("claw.cli.terminal.reader.window", "Surroundings")(
            under_way=self.presenter.whole,
            asked=self._asked,
            size=lambda: (size().columns, size().rows),
            leave=self._end,
            suspend=self.app.suspend_to_background,
            refresh=self.app.invalidate,
            run=self.app.create_background_task,
        )
        self._reader = load("claw.cli.terminal.reader.window", "Reader")(path, self.screen, around)
        self.app.renderer.erase()
        self.app.renderer.full_screen = True
        self.app.layout = self._reader.layout
        self.app.invalidate()

    def _end(self) -> None:
        self._reader = None
        self.app.renderer.erase()
        self.app.renderer.full_screen = False
        self.back()

    def _asked(self) -> str:
        waiting = self.inquiry()
        return waiting.subject.title.plain if waiting is not None else ""
