"""A question that waits for a key, and the choices it offers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace
from rich.text import Text

T = TypeVar("T")

QUIET_S = 1.0
"""A question takes keys once it has stood there, and nobody has typed, for so long: what comes sooner was meant for the
line."""
SETTLE_S = 0.25
"""A key answers once no other has followed within this time: one that another follows begins a sentence."""


class Choice(Struct, Generic[T], frozen=True):
    """One answer, and what it means. `also` has other keys for it; `word` is a line that says the same, where no line
    can be meant for anything else; `explained`: the person writes something, `asks` says what, and `filled` stands
    there to begin with, in lines. `brief` is the label where there is little room. `marks`: it is no answer yet, but
    one of several that another choice takes together.
    """

    key: str
    label: str
    meaning: T
    also: str = ""
    word: str = ""
    explained: bool = False
    brief: str = ""
    asks: str = "reason"
    filled: str = ""
    marks: bool = False


class Subject(Struct, frozen=True):
    """What a question is about. Where there is no room, `details` and the end of `judged` are left out of the picture;
    `notes` stand below the choices. `way_out` says how to go without an answer. `printed` is called where all of it had
    to be printed above, because the picture had no room."""

    title: Text
    details: Sequence[Text] = ()
    judged: Sequence[Text] = ()
    because: Text | None = None
    notes: Sequence[Text] = ()
    way_out: str = "Ctrl-D leaves"
    printed: Callable[[], None] = lambda: None


class Answer(Struct, Generic[T], frozen=True):
    """`marked` are the meanings of the choices that were marked, in their order."""

    meaning: T
    reason: str = ""
    marked: tuple[T, ...] = ()


class Inquiry(Struct):
    """`explaining`: the choice that is taken asks for a reason, and that is being typed. `above`: all of what is asked
    about has been printed, because the picture had no room for it."""

    subject: Subject
    offered: Sequence[Choice[Any]]
    answer: asyncio.Future[Answer[Any] | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    selected: int = 0
    explaining: bool = False
    marked: set[int] = field(default_factory=set)
    above: bool = False
    since: float = field(default_factory=time.monotonic)
    _pressed: str = ""
    _settling: asyncio.TimerHandle | None = None

    @property
    def ripe(self) -> bool:
        """Whether it has stood there long enough to have been seen."""
        return time.monotonic() - self.since >= QUIET_S

    @property
    def chosen(self) -> Choice[Any]:
        return self.offered[self.selected]

    @property
    def shown(self) -> list[Choice[Any]]:
        """The choices as they are shown: those that can be marked say whether they are."""
        return [
            _with_mark(choice, number in self.marked) if choice.marks else choice
            for number, choice in enumerate(self.offered)
        ]

    def offers(self, key: str) -> bool:
        return any(key == choice.key or key in choice.also for choice in self.offered)

    def move(self, by: int) -> None:
        self.selected = (self.selected + by) % len(self.offered)

    def select(self, key: str) -> None:
        """The choice with this key, if there is one."""
        for number, choice in enumerate(self.offered):
            if key == choice.key or key in choice.also:
                self.selected = number

    def press(self, key: str, then: Callable[[], None]) -> None:
        """Select by key, and choose once no other key has followed; call `then` when that is done."""

        def settle() -> None:
            self._pressed, self._settling = "", None
            self.choose()
            then()

        self.select(key)
        self._pressed = key
        self._settling = asyncio.get_running_loop().call_later(SETTLE_S, settle)

    def unpress(self) -> str:
        """Another key has followed: the one that was pressed, which was no answer; nothing if there was none."""
        if self._settling is not None:
            self._settling.cancel()
        pressed, self._pressed, self._settling = self._pressed, "", None
        return pressed

    def choose(self) -> None:
        """Take the selected answer, mark it, or begin to ask for its reason."""
        if self.chosen.marks:
            self.marked ^= {self.selected}
        elif self.chosen.explained:
            self.explaining = True
        else:
            self.explain("")

    def mark_all(self, text: str) -> bool:
        """Whether this line has keys of choices that can be marked and nothing else, which are then the answer."""
        keys = text.replace(",", " ").split()
        places = [number for number, choice in enumerate(self.offered) if choice.marks and choice.key in keys]
        taking = next((place for place, choice in enumerate(self.offered) if self._takes(choice)), None)
        if not keys or len(places) != len(set(keys)) or taking is None:
            return False
        self.marked, self.selected = set(places), taking
        self.choose()
        return True

    def _takes(self, choice: Choice[Any]) -> bool:
        """Whether it is the one that takes those that are marked."""
        return not (choice.marks or choice.explained) and any(other.marks for other in self.offered)

    def hear(self, text: str) -> bool:
        """Whether this line is the word of a choice, which it then takes."""
        word = text.strip().lower()
        for number, choice in enumerate(self.offered):
            if self.ripe and word and word == choice.word:
                self.selected = number
                self.choose()
                return True
        return False

    def explain(self, reason: str) -> None:
        """The reason is given, or is empty."""
        marked = tuple(self.offered[place].meaning for place in sorted(self.marked))
        self.give(Answer(self.chosen.meaning, reason.strip(), marked))

    def give(self, answer: Answer[Any] | None) -> None:
        """None: the person leaves."""
        if not self.answer.done():
            self.answer.set_result(answer)


def _with_mark(choice: Choice[Any], marked: bool) -> Choice[Any]:
    sign = "[x] " if marked else "[ ] "
    return replace(choice, label=f"{sign}{choice.label}", brief=f"{sign}{choice.brief or choice.label}")
