"""Markdown as a model writes it: what is settled already, and how it looks."""

from __future__ import annotations

from typing import ClassVar

from markdown_it import MarkdownIt
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, HorizontalRule, Markdown, MarkdownElement, TableElement
from rich.padding import Padding
from rich.segment import Segment
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from claw.cli.sanitize import clean
from claw.cli.terminal.layout import NARROW, line
from claw.cli.terminal.styles import STRONG, TITLE

_PARSER = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["strikethrough", "table"])
    # Text stays what it says: an entity could spell a control character, an image hides its address.
    .disable(["entity", "image", "html_block", "html_inline", "reference"])
)
CODE_THEME = "ansi_dark"
"""Uses the terminal's own sixteen colours, so it can be read on any background."""


def settled(text: str) -> int:
    """How much of a text that still grows will not change its looks: all but its last top-level block."""
    if text.count("\n") == 0:
        return 0
    starts = [token.map[0] for token in _PARSER.parse(text) if token.level == 0 and token.map and token.nesting >= 0]
    if len(starts) < 2:
        return 0
    return _offset_of_line(text, starts[-1])


def _offset_of_line(text: str, line: int) -> int:
    offset = 0
    for _ in range(line):
        offset = text.index("\n", offset) + 1
    return offset


class _Code(CodeBlock):
    """Without a frame or background: easy to copy, quiet to read."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip()
        syntax = Syntax(code, self.lexer_name, theme=self.theme, word_wrap=True, background_color="default")
        yield Padding(syntax, (0, 0, 0, 2 if options.max_width > 20 else 0))


class _Heading(Heading):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = self.text.copy()
        text.stylize(TITLE if self.tag == "h1" else STRONG)
        yield text


class _Rule(HorizontalRule):
    """Nothing where it would be read out."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return iter(()) if options.ascii_only else super().__rich_console__(console, options)


class _Table(TableElement):
    """A table where there is room for one, else its rows as lists of cells."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        header = self.header.row.cells if self.header and self.header.row else []
        rows = [[cell.content for cell in row.cells] for row in (self.body.rows if self.body else [])]
        titles = [cell.content for cell in header]
        if options.ascii_only or options.max_width < 8 * max(1, len(titles)):
            for row in rows or [titles]:
                for title, cell in zip(titles, row, strict=False):
                    yield Text.assemble((title.plain, STRONG), ": ", cell)
            return
        table = Table(box=box.SIMPLE, pad_edge=False, collapse_padding=True)
        for title in titles:
            table.add_column(title, justify=title.justify or "left")
        for row in rows:
            table.add_row(*row)
        yield table


class Prose(Markdown):
    """One piece of Markdown. Nothing in it is dropped, and addresses of links are shown."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "fence": _Code,
        "code_block": _Code,
        "heading_open": _Heading,
        "table_open": _Table,
        "hr": _Rule,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", code_theme=CODE_THEME, hyperlinks=False)
        self.markup = clean(text)
        self.parsed = _PARSER.parse(self.markup)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < NARROW:
            yield line(self.markup)
        else:
            yield from _without_empty_ends(super().__rich_console__(console, options))


def _without_empty_ends(result: RenderResult) -> RenderResult:
    """Rich puts an empty line before lists and around tables; here whoever prints says where there is one."""
    lines = list(Segment.split_lines(part for part in result if isinstance(part, Segment)))
    filled = [number for number, parts in enumerate(lines) if "".join(part.text for part in parts).strip()]
    for parts in lines[filled[0] : filled[-1] + 1] if filled else []:
        yield from parts
        yield Segment.line()
