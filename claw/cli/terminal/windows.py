"""The part of the terminal that is redrawn: what grows, the status, the question or the input, the footer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import BeforeInput

INPUT_LINES = 8
"""The most lines that the input takes; it scrolls beyond."""
MENU_LINES = 6


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the texts come from; each gives lines with claw's own styles in them."""

    growing: Callable[[], list[str]]
    status: Callable[[], list[str]]
    question: Callable[[], list[str]]
    footer: Callable[[], list[str]]
    asking: Callable[[], bool]
    explaining: Callable[[], bool]
    prompt: str


@dataclass(frozen=True, slots=True)
class Windows:
    layout: Layout
    input: Window
    question: Window
    reason: Window


def build(parts: Parts, typed: Buffer, reason: Buffer) -> Windows:
    """The layout, with the focus on the input."""
    asking, explaining = Condition(parts.asking), Condition(parts.explaining)
    question = _text(parts.question, focusable=True)
    typing = _field(typed, f"{parts.prompt} ")
    explanation = _field(reason, "  reason: ")
    content = HSplit(
        [
            _text(parts.growing),
            _text(parts.status),
            ConditionalContainer(question, asking),
            ConditionalContainer(explanation, asking & explaining),
            ConditionalContainer(
                HSplit([Window(height=1), typing, CompletionsMenu(max_height=MENU_LINES)]),
                ~asking,
            ),
            _text(parts.footer),
            # Takes what the renderer keeps of an earlier, higher picture.
            Window(),
        ]
    )
    return Windows(Layout(content, focused_element=typing), typing, question, explanation)


def _text(lines: Callable[[], list[str]], *, focusable: bool = False) -> Window:
    shown: list[str] = []
    drawn = -1

    def text() -> AnyFormattedText:
        return ANSI("\n".join(shown))

    def height() -> Dimension:
        nonlocal drawn
        if drawn != get_app().render_counter:
            drawn = get_app().render_counter
            shown[:] = lines()
        return Dimension.exact(len(shown))

    control = FormattedTextControl(text, focusable=focusable, show_cursor=False)
    return Window(control, height=height, wrap_lines=False, always_hide_cursor=True)


def _field(buffer: Buffer, before: str) -> Window:
    return Window(
        BufferControl(buffer, input_processors=[BeforeInput(before)]),
        height=Dimension(min=1, max=INPUT_LINES),
        wrap_lines=True,
        dont_extend_height=True,
    )
