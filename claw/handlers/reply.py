"""A model's reply while it arrives: masked, made into chunks, and assembled from just these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec.structs import replace

from claw.events.assembly import Assembler
from claw.events.content import ModelBlock, ThinkingBlock, ToolUseBlock, Usage
from claw.events.model import AnyDelta, BlockOpened, ModelChunk, OpaquePiece, TextPiece
from claw.handlers.base import Emit
from claw.providers.base import CallFailed, Closed, Piece


class Filter(Protocol):
    """Takes a stream of text and gives it back without secrets, some of it later."""

    def feed(self, text: str) -> str: ...
    def flush(self) -> str: ...


NewFilter = Callable[[], Filter]


class Reply:
    """Text that may be the beginning of a secret is withheld, at most until its block ends. So a secret that is split
    over pieces is masked in the chunks, and the content is what the chunks make up, letter for letter. A call has an id
    of claw's own, which no other call of the session has, whatever the provider calls it.

    `tools` are the names that were offered.
    """

    def __init__(self, call: int, emit: Emit, new_filter: NewFilter, tools: Sequence[str] = ()) -> None:
        self._call = call
        self._tools = tools
        self._emit = emit
        self._new_filter = new_filter
        self._assembler = Assembler()
        self._said: list[ModelChunk] = []
        """What was not emitted yet."""
        self._index = 0
        self.length = 0
        """Characters of its texts so far."""
        self._open: dict[int, _Text] = {}
        self._opened = 0

    @property
    def content(self) -> tuple[ModelBlock, ...]:
        return self._assembler.content()

    @property
    def usage(self) -> Usage:
        return self._assembler.usage

    def take(self, items: Iterable[Piece | Closed]) -> None:
        """What came together is emitted together. Raises CallFailed for a piece of a block that is not open; what came
        before it is emitted.
        """
        try:
            for item in items:
                if isinstance(item, Closed):
                    self._close(item.block)
                else:
                    self._take(item.block, item.delta)
        finally:
            self._tell()

    def end(self) -> None:
        """Nothing more comes: let out what was withheld."""
        for block in sorted(self._open):
            self._close(block)
        self._tell()

    def _take(self, block: int, delta: AnyDelta) -> None:
        match delta:
            case TextPiece():
                text = self._text(block).feed(delta.text)
                if text:
                    self.length += len(text)
                    self._report(block, delta if text == delta.text else TextPiece(text=text))
            case BlockOpened():
                self._begin(block, delta.block)
            case OpaquePiece():
                self._text(block).opaque = delta.opaque
            case _:
                self._report(block, delta)

    def _tell(self) -> None:
        if self._said:
            said, self._said = self._said, []
            self._emit(*said)

    def masked(self, text: str) -> str:
        """The whole of a text without secrets."""
        filter_ = self._new_filter()
        return filter_.feed(_valid(text)) + filter_.flush()

    def _begin(self, position: int, block: ModelBlock) -> None:
        if position != self._opened:
            raise CallFailed("malformed_stream", "The provider's reply skips a block.", retryable=True)
        self._opened += 1
        if isinstance(block, ToolUseBlock):
            name = offered_name(self.masked(block.name), self._tools)
            block = replace(block, id=f"call_{self._call}_{position}", name=name, given=self.masked(block.given))
        self._open[position] = _Text(self._new_filter(), sealed=_may_be_sealed(block))
        self._report(position, BlockOpened(block=block))

    def _text(self, block: int) -> _Text:
        if block not in self._open:
            raise CallFailed("malformed_stream", "The provider's reply goes on in a closed block.", retryable=True)
        return self._open[block]

    def _close(self, block: int) -> None:
        text = self._open.pop(block, None)
        if text is None:
            return
        self._say(block, text.flush())
        if text.opaque and not text.was_masked and self.masked(text.opaque) == text.opaque:
            self._report(block, OpaquePiece(opaque=text.opaque))

    def _say(self, block: int, text: str) -> None:
        if text:
            self._report(block, TextPiece(text=text))

    def _report(self, block: int, delta: AnyDelta) -> None:
        self._assembler.feed(block, delta)
        self._said.append(ModelChunk(call=self._call, index=self._index, block=block, delta=delta))
        self._index += 1


def _may_be_sealed(block: ModelBlock) -> bool:
    """Whether what goes back with it proves its text; servers of Chat Completions want the text in its field only."""
    return isinstance(block, ThinkingBlock) and block.api != "openai-chat"


def offered_name(name: str, offered: Sequence[str]) -> str:
    """The offered tool that a model means: in another case, with a server's marks around it, else the name as it is."""
    if name in offered:
        return name
    bare = name.strip().partition("<|")[0].removeprefix("functions.").removeprefix("default_api.")
    meant = [tool for tool in offered if _letters(tool) == _letters(bare)]
    return meant[0] if len(meant) == 1 else name


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


class _Text:
    """The text of one open block on its way through its filter. An API would refuse sealed thinking that was changed,
    so an opaque value is held back until it is known that nothing in the block was masked.
    """

    def __init__(self, filter_: Filter, *, sealed: bool) -> None:
        self._filter = filter_
        self._half = ""
        self._before: list[str] | None = [] if sealed else None
        self._after: list[str] = []
        self.opaque = ""

    @property
    def was_masked(self) -> bool:
        return "".join(self._before or ()) != "".join(self._after)

    def feed(self, text: str) -> str:
        if self._half or not text.isascii():
            text, self._half = _split(self._half + text)
        return self._passed(text, self._filter.feed(text))

    def flush(self) -> str:
        rest = _valid(self._half)
        return self._passed(rest, self._filter.feed(rest) + self._filter.flush())

    def _passed(self, before: str, after: str) -> str:
        if self._before is not None:
            self._before.append(before)
            self._after.append(after)
        return after


def _split(text: str) -> tuple[str, str]:
    """Valid text, and the first half of a surrogate pair that a server cut between two pieces."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return _valid(text[:-1]), text[-1]
    return _valid(text), ""


def _valid(text: str) -> str:
    """Halves of a pair joined, lone ones replaced: what UTF-8 can hold."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
