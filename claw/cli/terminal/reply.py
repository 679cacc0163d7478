"""A model's reply while it streams: what can be printed for good, and what is still growing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import RenderableType

from claw.cli.sanitize import clean
from claw.cli.terminal.layout import Marked, excerpt, line
from claw.cli.terminal.screen import Glyphs
from claw.cli.terminal.styles import QUIET, THOUGHT
from claw.events.content import TextBlock, ThinkingBlock, Usage
from claw.events.model import AnyDelta, BlockOpened, TextPiece, UsageSeen
from claw.late import load

THOUGHT_LINES = 3
"""Lines of a thought that stay visible."""
LONG_TAIL = 6_000
"""Characters beyond which a growing block is shown as plain text: to lay it out again and again would be slow."""


@dataclass(slots=True)
class _Text:
    text: str = ""
    printed: int = 0
    """Characters that are on the screen for good."""


@dataclass(slots=True)
class Reply:
    """Takes the pieces of one model call. What its methods return is to be printed, once."""

    glyphs: Glyphs
    usage: Usage = field(default_factory=Usage)
    _texts: dict[int, _Text] = field(default_factory=dict)
    _thoughts: dict[int, _Text] = field(default_factory=dict)
    _marked: set[int] = field(default_factory=set)
    """Blocks of which something is printed."""

    def take(self, block: int, delta: AnyDelta) -> list[RenderableType]:
        """One piece of the block at this position."""
        match delta:
            case BlockOpened(block=TextBlock()):
                done = self._finish_thoughts()
                self._texts[block] = _Text()
                return done
            case BlockOpened(block=ThinkingBlock()):
                self._thoughts[block] = _Text()
            case BlockOpened():
                return self._finish_thoughts()
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

    def finish(self, texts: Sequence[tuple[int, str]], thoughts: Sequence[tuple[int, str]]) -> list[RenderableType]:
        """The whole blocks, by position: print what no piece has brought yet."""
        for index, text in thoughts:
            if index not in self._marked:
                self._thoughts.setdefault(index, _Text()).text = clean(text)
        done = self._finish_thoughts()
        for index, text in texts:
            whole = self._texts.setdefault(index, _Text())
            whole.text = clean(text)
            done += self._print(index, whole, len(whole.text) - whole.printed)
        self._texts.clear()
        return done

    def growing(self) -> list[RenderableType]:
        """What is not printed yet, as it looks now."""
        shown: list[RenderableType] = []
        for thought in self._thoughts.values():
            last = thought.text.strip().rpartition("\n")[2]
            if last:
                shown.append(Marked(self.glyphs.thinking, line(last, THOUGHT), QUIET))
        for index in self._texts:
            rest = self._rest(index)
            if rest.strip():
                body = line(rest) if len(rest) > LONG_TAIL else _prose(rest)
                shown.append(Marked(" " if index in self._marked else self.glyphs.bullet, body))
        return shown

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

    def _finish_thoughts(self) -> list[RenderableType]:
        thoughts, self._thoughts = self._thoughts, {}
        self._marked.update(thoughts)
        shown: list[RenderableType] = []
        for thought in thoughts.values():
            if thought.text.strip():
                lines = excerpt(thought.text.strip(), THOUGHT_LINES, self.glyphs.ellipsis)
                shown.append(Marked(self.glyphs.thinking, line("\n".join(lines), THOUGHT), QUIET))
        return shown


def _prose(text: str) -> RenderableType:
    prose: RenderableType = load("claw.cli.terminal.markdown", "Prose")(text)
    return prose
