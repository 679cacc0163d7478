"""Keys for the line itself: what is pasted, the search through what was typed before, the editor."""

from __future__ import annotations

from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, Filter, emacs_mode, in_paste_mode, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from claw.cli.terminal.typed_line import TypedLine


class Writer(Protocol):
    """What these keys act on."""

    typing: TypedLine

    def paste(self, text: str) -> None: ...
    def search(self) -> None:
        """Begin to search."""

    def end_search(self, *, take: bool) -> None:
        """Go back to the line: as it was, or with what is found."""

    def edit(self, buffer: Buffer) -> None:
        """Write it in the person's own editor."""


def add(keys: KeyBindings, writer: Writer, reason: Buffer, writing: Filter) -> None:
    """`writing`: keys are for the line. `reason` is what belongs to an answer. Add these behind all others."""
    searching = Condition(lambda: writer.typing.search.is_open)
    _pasting(keys, writer, writing & ~searching)
    _searching(keys, writer, searching, writing & ~searching & ~vi_navigation_mode)

    @keys.add("c-g", filter=writing & ~searching)
    @keys.add("c-x", "c-e", filter=writing & ~searching & emacs_mode)
    def _(event: KeyPressEvent) -> None:
        writer.edit(writer.typing.buffer)

    @keys.add("c-g", filter=~writing)
    def _(event: KeyPressEvent) -> None:
        writer.edit(reason)


def _pasting(keys: KeyBindings, writer: Writer, writing: Filter) -> None:
    document = writer.typing.buffer

    @keys.add(Keys.BracketedPaste, filter=writing)
    def _(event: KeyPressEvent) -> None:
        writer.paste(event.data)

    def label(*, before: bool) -> Filter:
        pastes = writer.typing.pastes
        if before:
            return Condition(lambda: bool(pastes.label_before(document.document.text_before_cursor)))
        return Condition(lambda: bool(pastes.label_behind(document.document.text_after_cursor)))

    whole = writing & ~in_paste_mode & ~vi_navigation_mode

    @keys.add("c-h", filter=whole & label(before=True))
    def _(event: KeyPressEvent) -> None:
        writer.typing.delete_label(before=True)

    @keys.add("delete", filter=whole & label(before=False))
    def _(event: KeyPressEvent) -> None:
        writer.typing.delete_label(before=False)


def _searching(keys: KeyBindings, writer: Writer, searching: Filter, beginning: Filter) -> None:
    search = writer.typing.search

    @keys.add("c-r", filter=beginning)
    def _(event: KeyPressEvent) -> None:
        writer.search()

    def move(key: str, by: int) -> None:
        @keys.add(key, filter=searching)
        def _(event: KeyPressEvent) -> None:
            search.move(by)

    for key, by in (("c-r", 1), ("up", 1), ("c-p", 1), ("c-s", -1), ("down", -1), ("c-n", -1)):
        move(key, by)

    @keys.add("tab", filter=searching)
    def _(event: KeyPressEvent) -> None:
        search.widen()

    @keys.add("enter", filter=searching)
    @keys.add("right", filter=searching & Condition(lambda: search.query.document.is_cursor_at_the_end))
    def _(event: KeyPressEvent) -> None:
        writer.end_search(take=True)

    @keys.add("escape", filter=searching)
    @keys.add("c-g", filter=searching)
    @keys.add("c-c", filter=searching)
    @keys.add("c-d", filter=searching)
    def _(event: KeyPressEvent) -> None:
        writer.end_search(take=False)

    @keys.add("s-tab", filter=searching)
    @keys.add("c-o", filter=searching)
    @keys.add("escape", "enter", filter=searching)
    @keys.add("c-j", filter=searching)
    @keys.add(Keys.BracketedPaste, filter=searching)
    def _(event: KeyPressEvent) -> None:
        search.query.insert_text(
            " ".join(event.data.split()) if event.key_sequence[-1].key == Keys.BracketedPaste else ""
        )
