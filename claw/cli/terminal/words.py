"""What is said by signs and colours elsewhere, in words: for a screen reader, and for whoever wants it plain."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Group, RenderableType
from rich.text import Text

from claw.cli.terminal.layout import Marked
from claw.cli.terminal.styles import ADDED, ERROR, FAULT, QUESTION, REMOVED, WARNING

_SAID = {QUESTION: "question: ", ERROR: "error: ", FAULT: "error: ", WARNING: "warning: "}
_CHANGED = {ADDED: ("+ ", "added: "), REMOVED: ("- ", "removed: ")}


def in_words(part: RenderableType) -> RenderableType:
    """The same with a word in front where only a colour or a sign says what it is."""
    match part:
        case Text(style=str(style)) if style in _SAID and part.plain.strip():
            return Text(_SAID[style], overflow="fold").append_text(part)
        case Text(style=str(style)) if style in _CHANGED:
            sign, word = _CHANGED[style]
            return Text(word + part.plain.removeprefix(sign), overflow="fold")
        case Group():
            return Group(*map(in_words, part.renderables))
        case Marked():
            return replace(part, body=in_words(part.body))
    return part
