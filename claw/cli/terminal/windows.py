"""The part of the terminal that is redrawn: what grows, agents, the status, the question or the input, the footer."""

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
INPUT_LINES_ASKING = 2
"""The same while a question stands above it."""
MENU_LINES = 6


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the texts come from; each gives lines with claw's own styles in them."""

    growing: Callable[[], list[str]]
    agents: Callable[[], list[str]]
    status: Callable[[], list[str]]
    question: Callable[[], list[str]]
    under: Callable[[], list[str]]
    footer: Callable[[], list[str]]
    asking: Callable[[], bool]
    explaining: Callable[[], bool]
    written: Callable[[], str]
    """What is written for an answer."""
    prompt: str
    searching: Callable[[], bool]
    found: Callable[[], list[str]]
    sought: Callable[[], str]
    """What is searched, before what is typed for that."""


@dataclass(frozen=True, slots=True)
class Windows:
    layout: Layout
    input: Window
    reason: Window
    search: Window


def build(parts: Parts, typed: Buffer, reason: Buffer, query: Buffer) -> Windows:
    """The layout, with the focus on the input."""
    asking, explaining = Condition(parts.asking), Condition(parts.explaining)
    typing = _field(typed, f"{parts.prompt} ", lambda: INPUT_LINES_ASKING if parts.asking() else INPUT_LINES)
    explanation = _field(reason, lambda: f"  {parts.written()}: ", lambda: INPUT_LINES)
    seeking = _field(query, parts.sought, lambda: 1)
    searching = Condition(parts.searching)
    menu = CompletionsMenu(max_height=MENU_LINES)
    content = HSplit(
        [
            _text(parts.growing),
            _text(parts.agents),
            _text(parts.status),
            ConditionalContainer(_text(parts.question), asking),
            ConditionalContainer(Window(height=1), ~asking),
            ConditionalContainer(explanation, explaining),
            ConditionalContainer(HSplit([_text(parts.found), seeking]), searching),
            ConditionalContainer(HSplit([typing, ConditionalContainer(menu, ~asking)]), ~explaining & ~searching),
            _text(parts.under),
            _text(parts.footer),
            # Takes what the renderer keeps of an earlier, higher picture.
            Window(),
        ]
    )
    return Windows(Layout(content, focused_element=typing), typing, explanation, seeking)


def _text(lines: Callable[[], list[str]]) -> Window:
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

    control = FormattedTextControl(text, show_cursor=False)
    return Window(control, height=height, wrap_lines=False, always_hide_cursor=True)


def _field(buffer: Buffer, before: AnyFormattedText, most: Callable[[], int]) -> Window:
    return Window(
        BufferControl(buffer, input_processors=[BeforeInput(before)]),
        height=lambda: Dimension(min=1, max=most()),
        wrap_lines=True,
        dont_extend_height=True,
    )
