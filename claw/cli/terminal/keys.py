"""What the keys do."""

from __future__ import annotations

import re
from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, Filter, has_completions
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from claw.cli.terminal import typing_keys
from claw.cli.terminal.inquiry import Inquiry

ANSWERS = "123456789yn"
"""The keys that choices may have."""


class Hands(typing_keys.Writer, Protocol):
    """What keys act on."""

    inquiry: Inquiry | None

    def busy(self) -> bool: ...
    def listening(self) -> bool:
        """Whether the question takes this key: the line is empty, and nobody has typed for a moment."""

    def editing(self) -> bool:
        """Whether Esc is for the line, which is written with vi keys."""

    def submit(self) -> None:
        """Enter the line."""

    def steer(self) -> None:
        """Say the line into the turn that runs."""

    def interrupt(self) -> None: ...
    def break_(self) -> None:
        """Ctrl-C: interrupt, else clear the line, else leave when pressed twice."""

    def leave(self) -> None: ...
    def next_mode(self) -> None: ...
    def refocus(self) -> None: ...
    def moved(self) -> None:
        """This key has moved the choice, and was not typed for the line."""

    def set_aside(self) -> None:
        """Keep what stands in the line until the question is answered."""

    def fold(self) -> None:
        """Show the agents at work in one line, or in one each."""

    def reported(self, sequence: str) -> None:
        """The terminal has said whether it has the focus."""

    def read(self) -> bool:
        """Show the whole session on a screen of its own."""

    def queues(self) -> bool:
        """Whether something that was typed waits for the turn's end."""

    def take_back(self) -> None:
        """Put the last of that into the line again, so that it is not sent."""

    def suspend(self) -> None:
        """Give the terminal back to the shell until it says to go on."""


def bindings(hands: Hands, typed: Buffer, reason: Buffer) -> KeyBindings:
    """All of claw's own keys; the rest are Emacs's or vi's, as in any shell."""
    keys = KeyBindings()
    asking = Condition(lambda: hands.inquiry is not None)
    explaining = Condition(lambda: hands.inquiry is not None and hands.inquiry.explaining)
    empty = Condition(lambda: not typed.text)
    _input_keys(keys, hands, typed, ~explaining, ~asking)
    _steering_key(keys, hands, typed, ~explaining & ~empty & Condition(hands.busy))
    _question_keys(keys, hands, asking & ~explaining & empty)

    @keys.add("enter", filter=explaining)
    def _(event: KeyPressEvent) -> None:
        if hands.inquiry is not None:
            hands.inquiry.explain(reason.text)

    @keys.add("escape", "enter", filter=explaining)
    @keys.add("c-j", filter=explaining)
    def _(event: KeyPressEvent) -> None:
        reason.insert_text("\n")

    @keys.add("tab", filter=asking & ~explaining & ~empty & ~has_completions)
    def _(event: KeyPressEvent) -> None:
        hands.set_aside()

    @keys.add("c-c")
    @keys.add("<sigint>")
    def _(event: KeyPressEvent) -> None:
        hands.break_()

    @keys.add("escape", filter=(asking | Condition(hands.busy)) & ~Condition(hands.editing))
    def _(event: KeyPressEvent) -> None:
        hands.interrupt()

    @keys.add("c-d", filter=explaining | empty)
    def _(event: KeyPressEvent) -> None:
        hands.leave()

    @keys.add(Keys.CPRResponse)
    def _(event: KeyPressEvent) -> None:
        hands.reported(event.data)

    @keys.add("up", filter=~asking & empty & Condition(hands.queues))
    def _(event: KeyPressEvent) -> None:
        hands.take_back()

    @keys.add("c-z")
    def _(event: KeyPressEvent) -> None:
        hands.suspend()

    @keys.add("c-t")
    def _(event: KeyPressEvent) -> None:
        hands.fold()

    @keys.add("c-o")
    def _(event: KeyPressEvent) -> None:
        hands.read()

    @keys.add("c-l")
    def _(event: KeyPressEvent) -> None:
        event.app.renderer.clear()

    typing_keys.add(keys, hands, reason, ~explaining)
    return keys


def _input_keys(keys: KeyBindings, hands: Hands, typed: Buffer, writing: Filter, alone: Filter) -> None:
    @keys.add("enter", filter=writing)
    def _(event: KeyPressEvent) -> None:
        state = typed.complete_state
        if state is not None and state.current_completion is not None:
            typed.complete_state = None
        elif typed.document.text_before_cursor.endswith("\\"):
            typed.delete_before_cursor(1)
            typed.insert_text("\n")
        else:
            offered = state.completions if state is not None and not hands.typing.is_text else []
            if offered and _unfinished_command(typed.text, offered[0].text):
                typed.apply_completion(offered[0])
            hands.submit()

    @keys.add("escape", "enter", filter=writing)
    @keys.add("c-j", filter=writing)
    def _(event: KeyPressEvent) -> None:
        typed.insert_text("\n")

    @keys.add("s-tab", filter=alone & ~has_completions)
    def _(event: KeyPressEvent) -> None:
        hands.next_mode()


def _steering_key(keys: KeyBindings, hands: Hands, typed: Buffer, working: Filter) -> None:
    @keys.add("c-s", filter=working)
    def _(event: KeyPressEvent) -> None:
        hands.steer()


def _question_keys(keys: KeyBindings, hands: Hands, choosing: Filter) -> None:
    """On an empty line. Keys that answer nothing are typed into it, as always."""
    listening = choosing & Condition(hands.listening)

    def answer(key: str) -> None:
        offered = Condition(lambda: hands.inquiry is not None and hands.inquiry.offers(key))

        @keys.add(key, filter=listening & offered)
        def _(event: KeyPressEvent) -> None:
            if hands.inquiry is not None:
                hands.inquiry.press(key, hands.refocus)

    def arrow(key: str, by: int) -> None:
        @keys.add(key, filter=choosing)
        def _(event: KeyPressEvent) -> None:
            if hands.inquiry is not None:
                hands.inquiry.move(by)
                hands.moved()

    for key in ANSWERS:
        answer(key)
    arrow("up", -1)
    arrow("down", 1)

    @keys.add("enter", filter=listening)
    def _(event: KeyPressEvent) -> None:
        if hands.inquiry is not None:
            hands.inquiry.choose()
            hands.refocus()


def _unfinished_command(text: str, offered: str) -> bool:
    """Whether this is the beginning of the command that is offered; what only resembles it is chosen, not guessed."""
    return re.fullmatch(r"/[\w:.-]*", text) is not None and offered.startswith(text)
