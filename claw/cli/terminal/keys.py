"""What the keys do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, Filter, has_completions
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from claw.cli.terminal.inquiry import Inquiry


class Hands(Protocol):
    """What keys act on."""

    inquiry: Inquiry | None

    def busy(self) -> bool: ...
    def submit(self, text: str) -> None: ...
    def interrupt(self) -> None: ...
    def break_(self) -> None:
        """Ctrl-C: interrupt, else clear the line, else leave when pressed twice."""

    def leave(self) -> None: ...
    def next_mode(self) -> None: ...
    def refocus(self) -> None: ...


def bindings(hands: Hands, typed: Buffer, reason: Buffer) -> KeyBindings:
    """All of claw's own keys; the rest are Emacs's, as in any shell."""
    keys = KeyBindings()
    asking = Condition(lambda: hands.inquiry is not None)
    explaining = Condition(lambda: hands.inquiry is not None and hands.inquiry.explaining)
    choosing = asking & ~explaining
    _input_keys(keys, hands, typed, ~asking)
    _question_keys(keys, hands, reason, choosing, explaining)

    @keys.add("c-c")
    @keys.add("<sigint>")
    def _(event: KeyPressEvent) -> None:
        hands.break_()

    @keys.add("escape", filter=asking | Condition(hands.busy))
    def _(event: KeyPressEvent) -> None:
        hands.interrupt()

    @keys.add("c-l")
    def _(event: KeyPressEvent) -> None:
        event.app.renderer.clear()

    return keys


def _input_keys(keys: KeyBindings, hands: Hands, typed: Buffer, writing: Filter) -> None:
    @keys.add("enter", filter=writing)
    def _(event: KeyPressEvent) -> None:
        state = typed.complete_state
        if state is not None and state.current_completion is not None:
            typed.complete_state = None
        elif typed.document.text_before_cursor.endswith("\\"):
            typed.delete_before_cursor(1)
            typed.insert_text("\n")
        else:
            if state is not None and state.completions and _unfinished_command(typed.text):
                typed.apply_completion(state.completions[0])
            _send(hands, typed)

    @keys.add("escape", "enter", filter=writing)
    @keys.add("c-j", filter=writing)
    def _(event: KeyPressEvent) -> None:
        typed.insert_text("\n")

    @keys.add("c-d", filter=writing & Condition(lambda: not typed.text))
    def _(event: KeyPressEvent) -> None:
        hands.leave()

    @keys.add("s-tab", filter=writing & ~has_completions)
    def _(event: KeyPressEvent) -> None:
        hands.next_mode()


def _question_keys(keys: KeyBindings, hands: Hands, reason: Buffer, choosing: Filter, explaining: Filter) -> None:
    def act(action: Callable[[Inquiry], None]) -> Callable[[KeyPressEvent], None]:
        def handle(event: KeyPressEvent) -> None:
            if hands.inquiry is not None and hands.inquiry.listening:
                action(hands.inquiry)
                hands.refocus()

        return handle

    for key in "12345":
        keys.add(key, filter=choosing)(act(lambda inquiry, key=key: inquiry.press(key)))  # type: ignore[misc]
    keys.add("y", filter=choosing)(act(lambda inquiry: inquiry.press("1")))
    keys.add("n", filter=choosing)(act(lambda inquiry: inquiry.press("4")))
    keys.add("up", filter=choosing)(act(lambda inquiry: inquiry.move(-1)))
    keys.add("down", filter=choosing)(act(lambda inquiry: inquiry.move(1)))
    keys.add("enter", filter=choosing)(act(lambda inquiry: inquiry.choose()))

    @keys.add("enter", filter=explaining)
    def _(event: KeyPressEvent) -> None:
        if hands.inquiry is not None:
            hands.inquiry.explain(reason.text)


def _send(hands: Hands, typed: Buffer) -> None:
    text = typed.text
    if not text.strip():
        return
    typed.append_to_history()
    typed.reset()
    hands.submit(text)


def _unfinished_command(text: str) -> bool:
    return re.fullmatch(r"/[a-z]*", text) is not None
