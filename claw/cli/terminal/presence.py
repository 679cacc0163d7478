"""What a terminal is told beside the picture: the window's title, and calls to a person who looks elsewhere.

A title is pushed and popped (CSI 22 t, 23 t), so the window has its own again when claw ends, is suspended, or an
editor is open. Whether the window has the focus the terminal reports (CSI ? 1004 h), if it can.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TextIO

from prompt_toolkit.input import ansi_escape_sequences as sequences
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.keys import Keys

from claw.cli.terminal.heading import Heading, State
from claw.settings.looks import Looks

FOCUSED, LEFT = "\x1b[I", "\x1b[O"
"""What the terminal reports."""
AWAY_S = 6.0
"""Where no focus is reported, a person who has pressed no key for so long is taken to look elsewhere."""
LONG_S = 30.0
"""A turn that took longer is worth calling for."""
LONGEST = 200
"""Characters of what a person is called with."""
NO_TITLE = "CLAUDE_CODE_DISABLE_TERMINAL_TITLE"


def listen_for_focus() -> None:
    """Have the reports taken for what they are: no keys, but the terminal's own word."""
    sequences.ANSI_SEQUENCES[FOCUSED] = sequences.ANSI_SEQUENCES[LEFT] = Keys.CPRResponse


class Presence:
    """`write` sends raw sequences. Nothing of it is sent before `begin`, and nothing after `end`."""

    def __init__(self, environ: Mapping[str, str], looks: Looks, write: Callable[[str], None]) -> None:
        self.looks = looks
        self._environ = environ
        self._write = write
        self._held = False
        self._shown = ""
        self._pushed = False
        self.focused: bool | None = None
        """None: the terminal has not said."""
        self._call_at = 0.0
        self._call = ""
        self._state: State = "idle"
        self._since = 0.0

    def begin(self) -> None:
        """The terminal is claw's."""
        self._held = True
        if self.looks.notify != "notifications_disabled":
            self._write("\x1b[?1004h")

    def end(self) -> None:
        """Give it back as it was."""
        if not self._held:
            return
        self._held = False
        self._write("\x1b[?1004l" if self.looks.notify != "notifications_disabled" else "")
        if self._pushed:
            self._write("\x1b[23;0t")
        self._pushed, self._shown = False, ""

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """For as long as somebody else has the terminal."""
        self.end()
        try:
            yield
        finally:
            self.begin()

    def adopt(self, looks: Looks) -> None:
        """Look so from now on."""
        held = self._held
        self.end()
        self.looks = looks
        if held:
            self.begin()

    def report(self, sequence: str) -> None:
        """The terminal says whether it has the focus."""
        self.focused = sequence == FOCUSED
        if self.focused:
            self._call = ""

    def key(self) -> None:
        """The person is there."""
        self._call = ""
        if self.focused is False:
            self.focused = True

    def update(self, heading: Heading, state: State, typed_at: float) -> None:
        """Say how things stand; call the person where a question waits, or a long turn is over. `typed_at`: when the
        last key came, by the monotonic clock, in seconds.
        """
        now = time.monotonic()
        if state != self._state:
            before, took = self._state, now - self._since
            self._state, self._since = state, now if "idle" in (before, state) else self._since
            self._call = ""
            if state == "asking":
                self._later("claw waits for your answer", heading, typed_at)
            elif state == "idle" and took >= LONG_S:
                self._later("claw is done", heading, typed_at)
        if self._call and (self.focused is False or now >= self._call_at):
            said, self._call = self._call, ""
            if not self.focused:
                self.notify(said)
        if self._held and self._titled:
            self._show(heading.shown(state))

    @property
    def waits_to_call(self) -> bool:
        return bool(self._call)

    def notify(self, text: str) -> None:
        """Call the person, in the way that this terminal knows."""
        if self._held:
            self._write("".join(self._sequences(text[:LONGEST])))

    def _later(self, what: str, heading: Heading, typed_at: float) -> None:
        self._call, self._call_at = f"{what}: {heading.shown('idle')}", typed_at + AWAY_S

    @property
    def _titled(self) -> bool:
        return self.looks.title and self._environ.get(NO_TITLE, "").lower() not in ("1", "true")

    def _show(self, text: str) -> None:
        if text == self._shown:
            return
        if not self._pushed:
            self._write("\x1b[22;0t")
        self._shown, self._pushed = text, True
        self._write(f"\x1b]2;{text}\x07")

    def _sequences(self, text: str) -> Iterator[str]:
        match _channel(self.looks.notify, self._environ):
            case "terminal_bell":
                yield "\x07"
            case "iterm2":
                yield self._passed(f"\x1b]9;{text}\x07")
            case "iterm2_with_bell":
                yield from ("\x07", self._passed(f"\x1b]9;{text}\x07"))
            case "kitty":
                yield self._passed(f"\x1b]99;;{text}\x1b\\")
            case "ghostty":
                yield self._passed(f"\x1b]777;notify;claw;{text.replace(';', ',')}\x07")

    def _passed(self, sequence: str) -> str:
        """Through tmux, which keeps it to itself else (and unless `allow-passthrough` is on)."""
        if not self._environ.get("TMUX"):
            return sequence
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"


def _channel(wanted: str, environ: Mapping[str, str]) -> str:
    """What `auto` stands for: the bell, and words where the terminal is not known to draw them as text."""
    if wanted != "auto":
        return wanted
    return "terminal_bell" if environ.get("TERM", "").startswith("linux") else "iterm2_with_bell"


class Keyboard(Vt100Input):
    """Lends the terminal to others only as it was."""

    def __init__(self, stdin: TextIO, presence: Presence) -> None:
        super().__init__(stdin)
        self._presence = presence

    @contextmanager
    def _lent(self) -> Iterator[None]:
        with self._presence.given_back(), super().cooked_mode():
            yield

    def cooked_mode(self) -> AbstractContextManager[None]:
        return self._lent()
