"""A model's reply while it streams: what can be printed for good, and what is still growing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.console import RenderableType
from rich.text import Text

from claw.cli.sanitize import clean
from claw.cli.terminal import amounts
from claw.cli.terminal.arriving import Arriving
from claw.cli.terminal.folding import Ending
from claw.cli.terminal.layout import Marked, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUIET, STRONG, THOUGHT
from claw.events.content import TextBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import AnyDelta, BlockOpened, TextPiece, UsageSeen
from claw.events.tools import Shown
from claw.late import load

THOUGHT_LINES = 3
"""Lines of a thought that are seen while it grows."""
LONG_TAIL = 6_000
"""Characters beyond which a growing block is shown as plain text: to lay it out again and again would be slow."""


@dataclass(slots=True)
class _Text:
    text: str = ""
    printed: int = 0
    """Characters that are on the screen for good."""
    began: int = 0
    """When it began, in ns; 0: not known."""


@dataclass(slots=True)
class Reply:
    """Takes the pieces of one model call. What its methods return is to be printed, once. `shown` says how calls of a
    tool are shown; `way` is the key that shows a thought in full.
    """

    glyphs: Glyphs
    shown: Callable[[str], Shown] = lambda name: Shown()
    way: str = ""
    usage: Usage = field(default_factory=Usage)
    _texts: dict[int, _Text] = field(default_factory=dict)
    _thoughts: dict[int, _Text] = field(default_factory=dict)
    _calls: dict[int, Arriving] = field(default_factory=dict)
    _marked: set[int] = field(default_factory=set)
    """Blocks of which something is printed."""

    def take(self, block: int, delta: AnyDelta, ts: int = 0) -> list[RenderableType]:
        """One piece of the block at this position, which came at `ts`, in ns."""
        match delta:
            case BlockOpened(block=TextBlock()):
                done = self._finish_thoughts(ts)
                self._texts[block] = _Text()
                return done
            case BlockOpened(block=ThinkingBlock()):
                self._thoughts[block] = _Text(began=ts)
            case BlockOpened(block=ToolUseBlock(name=name, arguments=arguments)):
                self._calls[block] = Arriving(name, self.shown(name))
                self._calls[block].take(arguments)
                return self._finish_thoughts(ts)
            case TextPiece(text=text) if block in self._calls:
                self._calls[block].take(text)
            case TextPiece(text=text) if block in self._texts:
                self._texts[block].text += clean(text)
                # A block ends with its line.
                count = load("claw.cli.terminal.markdown", "settled")(self._rest(block)) if "\n" in text else 0
                return self._print(block, self._texts[block], count)
            case TextPiece(text=text) if block in self._thoughts:
                self._thoughts[block].text += clean(text)
            case UsageSeen(usage=usage):
                self.usage = usage
        return []

    def finish(
        self, texts: Sequence[tuple[int, str]], thoughts: Sequence[tuple[int, str]], ts: int = 0
    ) -> list[RenderableType]:
        """The whole blocks, by position, which were there at `ts`, in ns: print what no piece has brought yet."""
        for index, text in thoughts:
            if index not in self._marked:
                self._thoughts.setdefault(index, _Text()).text = clean(text)
        done = self._finish_thoughts(ts)
        for index, text in texts:
            whole = self._texts.setdefault(index, _Text())
            whole.text = clean(text)
            done += self._print(index, whole, len(whole.text) - whole.printed)
        self._texts.clear()
        self._calls.clear()
        return done

    def growing(self) -> list[RenderableType]:
        """What is not printed yet, as it looks now."""
        shown: list[RenderableType] = []
        for thought in self._thoughts.values():
            if thought.text.strip():
                ending = Ending(thought.text, THOUGHT_LINES, THOUGHT, self.glyphs.ellipsis, counted=False)
                shown.append(Marked(self.glyphs.thinking, ending, QUIET))
        for index in self._texts:
            rest = self._rest(index)
            if rest.strip():
                body = line(rest) if len(rest) > LONG_TAIL else _prose(rest)
                shown.append(Marked(" " if index in self._marked else self.glyphs.bullet, body))
        shown += [self._arriving(call) for call in self._calls.values()]
        return shown

    def whole(self) -> list[RenderableType]:
        """All that has come so far, also what is printed, without calls."""
        parts: list[RenderableType] = []
        for thought in self._thoughts.values():
            if thought.text.strip():
                parts.append(Marked(self.glyphs.thinking, line(thought.text.strip(), THOUGHT), QUIET))
        for text in self._texts.values():
            if text.text.strip():
                body = line(text.text) if len(text.text) > LONG_TAIL else _prose(text.text)
                parts.append(Marked(self.glyphs.bullet, body))
        return [*parts, *(self._arriving(call) for call in self._calls.values())]

    def _arriving(self, call: Arriving) -> RenderableType:
        said, size = call.told(self.glyphs.ellipsis)
        return Marked(self.glyphs.bullet, Text.assemble((said, STRONG), (f" {size}", QUIET), overflow="fold"), QUIET)

    @property
    def thinking(self) -> bool:
        return bool(self._thoughts)

    def _rest(self, index: int) -> str:
        block = self._texts[index]
        return block.text[block.printed :]

    def _print(self, index: int, block: _Text, count: int) -> list[RenderableType]:
        piece = block.text[block.printed : block.printed + count]
        block.printed += count
        if not piece.strip():
            return []
        sign = " " if index in self._marked else self.glyphs.bullet
        self._marked.add(index)
        return [Marked(sign, _prose(piece.strip("\n")))]

    def _finish_thoughts(self, ts: int) -> list[RenderableType]:
        """One line for all of them, which ended at `ts`, in ns."""
        thoughts, self._thoughts = self._thoughts, {}
        self._marked.update(thoughts)
        told = [thought for thought in thoughts.values() if thought.text.strip()]
        if not told:
            return []
        began = told[0].began
        time = f" for {amounts.elapsed((ts - began) / 1e9)}" if began and ts - began >= 1e9 else ""
        way = f" ({self.way})" if self.way else ""
        return [Marked(self.glyphs.thinking, line(f"thought{time}{way}", QUIET), QUIET)]


def _prose(text: str) -> RenderableType:
    prose: RenderableType = load("claw.cli.terminal.markdown", "Prose")(text)
    return prose
