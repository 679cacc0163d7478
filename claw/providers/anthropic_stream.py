"""Records of a Messages stream, or a whole message, to pieces, purely. Unknown kinds of record, block and delta are
left out, as the API's versioning rules ask, and named where a reply held nothing else.
"""

from __future__ import annotations

from typing import Any

from claw.events.content import Usage
from claw.providers.base import Completion, Piece
from claw.providers.blocks import Block, Items, Kind, StreamDecoder
from claw.providers.failures import broken
from claw.providers.fields import count, each, fields, is_extra, signatures, tag, text, unplaced, word

_KINDS = ("text", "thinking", "redacted_thinking", "tool_use")
_SERVERS_OWN = ("server_tool_use", "fallback")
"""Blocks of what the server did by itself; their pieces are nobody's words."""


class Decoder(StreamDecoder):
    def __init__(self) -> None:
        super().__init__("anthropic")
        self._at: dict[int, Block | None] = {}
        """The block that was opened last at each index; None: one that is left out."""
        self._index = -1
        self._inputs: dict[int, Any] = {}
        """Input that stood in the opening of a call, by position; pieces go before it."""
        self._extras: dict[int, dict[str, Any]] = {}
        """What goes back with a block, by position: a signature, redacted data, what a server puts beside a call."""
        self._stop = ""
        self._stopped = False

    @property
    def whole(self) -> bool:
        return bool(self._stop) or self._stopped

    @property
    def over(self) -> bool:
        return self._stopped

    def _more(self, record: dict[str, Any]) -> Piece | None:
        index, delta = record.get("index"), record.get("delta")
        if len(record) != 3 or record.get("type") != "content_block_delta" or type(index) is not int:
            return None
        block = self._at.get(index)
        if type(delta) is not dict or len(delta) != 2 or block is None or block.closed or block.kind == "call":
            return None
        said = delta.get(block.kind)  # its field has the name of the kind
        if type(said) is not str or not said or delta.get("type") != f"{block.kind}_delta":
            return None
        self._index = index
        return block.said_more(said)

    def _read(self, record: dict[str, Any]) -> Items:
        match _kind(record):
            case "message_start":
                yield from self._message(fields(record.get("message")))
            case "message":
                yield from self._message(record)
                self._stopped = True
            case "content_block_start":
                yield from self._open(self._number(record), fields(record.get("content_block")))
            case "content_block_delta":
                yield from self._piece(self._number(record), record.get("delta"))
            case "content_block_stop":
                yield from self._close(self._at.get(self._number(record)))
            case "message_delta":
                self._stop = word(fields(record.get("delta")).get("stop_reason")) or self._stop
                yield from self._counted(record.get("usage"))
            case "message_stop":
                self._stopped = True
            case "ping" | "error" | "":
                return
            case other:
                self._blocks.unplaced[other] = None

    def done(self) -> None:
        self._stopped = True

    def end(self) -> Items:
        for block in self._blocks.all:
            yield from self._close(block)

    def completion(self) -> Completion:
        if not self.whole:
            raise broken("The stream ended before the message did.")
        return self._blocks.completed(self._stop, model=self._model, response=self._response)

    def _message(self, message: dict[str, Any]) -> Items:
        self._model, self._response = word(message.get("model")), word(message.get("id"))
        self._stop = word(message.get("stop_reason"))
        content = message.get("content")
        for block in [{"type": "text", "text": content}] if isinstance(content, str) and content else each(content):
            self._index = len(self._blocks.all)
            yield from self._open(self._index, block)
            yield from self._close(self._at[self._index])
        yield from self._counted(message.get("usage"))

    def _number(self, record: dict[str, Any]) -> int:
        """The record's index; without one it is about the block before, or begins the next."""
        index = count(record.get("index"))
        if index is None:
            index = self._index + 1 if _kind(record) == "content_block_start" else self._index
        self._index = index
        return index

    def _open(self, index: int, block: dict[str, Any]) -> Items:
        yield from self._close(self._at.get(index))
        named = _kind_of_block(block)
        self._at[index] = None
        if named not in _KINDS:
            if named not in _SERVERS_OWN:
                self._blocks.unplaced[named] = None
        elif named == "tool_use":
            opened = yield from self._blocks.call(word(block.get("name")), word(block.get("id")))
            self._inputs[opened.position] = block.get("input")
            if extra := signatures(block, beside=is_extra):
                self._extras[opened.position] = {"block": extra}
            self._at[index] = opened
        elif named == "text":
            opened = yield from self._blocks.text()
            self._at[index] = opened
            yield from opened.say(text(block.get("text")))
        else:
            opened = yield from self._blocks.thinking()
            self._at[index] = opened
            redacted = named == "redacted_thinking"
            self._extras[opened.position] = {"redacted": word(block.get("data"))} if redacted else _seal(block)
            yield from opened.say(text(block.get("thinking")))

    def _piece(self, index: int, value: object) -> Items:
        delta = {"text": value} if isinstance(value, str) else fields(value)
        if index not in self._at and (last := self._blocks.last()) is not None and last.kind == _kind_of_delta(delta):
            self._at[index] = last  # it was opened under another index
        block = self._at.get(index)
        if block is None and index in self._at:
            return
        if block is not None and block.kind == "thinking" and not block.closed and "signature" in delta:
            self._extras[block.position] = _seal(delta)
        if block is not None and block.kind == "call" and (part := delta.get("partial_json")):
            if block.closed:
                raise unplaced("arguments of a call that is over")
            self._inputs.pop(block.position, None)
            yield from block.argue(part)
        elif delta.get("partial_json"):
            raise unplaced("arguments of a call that was not opened")
        if thought := text(delta.get("thinking")):
            yield from self._say(index, "thinking", thought)
        if said := text(delta.get("text")):
            yield from self._say(index, _kind_of_delta(delta), said)

    def _say(self, index: int, wanted: Kind, said: str) -> Items:
        block = self._at.get(index)
        if block is None or block.closed or block.kind != wanted:
            yield from self._open(index, {"type": wanted})
            block = self._at[index]
        assert block is not None, "text and thinking have blocks"
        yield from block.say(said)

    def _close(self, block: Block | None) -> Items:
        if block is None or block.closed:
            return
        if value := self._inputs.pop(block.position, None):
            yield from block.argue(value)
        if block.position in self._extras:
            yield from block.seal(self._extras.pop(block.position))
        yield from block.close()

    def _counted(self, value: object) -> Items:
        """Both records report totals so far; a field that one leaves out keeps its value."""
        usage, before = fields(value), self._blocks.usage
        thought = fields(usage.get("output_tokens_details")).get("thinking_tokens")
        if usage:
            yield self._blocks.counted(
                Usage(
                    input=_or(usage.get("input_tokens"), before.input),
                    output=_or(usage.get("output_tokens"), before.output),
                    cache_read=_or(usage.get("cache_read_input_tokens"), before.cache_read),
                    cache_write=_or(usage.get("cache_creation_input_tokens"), before.cache_write),
                    reasoning=_or(thought, before.reasoning),
                )
            )


def _kind(record: dict[str, Any]) -> str:
    """The record's type; a server that leaves it out shows it by what the record holds."""
    if named := tag(record.get("type")):
        return named
    if "content_block" in record:
        return "content_block_start"
    if "delta" in record:
        return "message_delta" if "stop_reason" in fields(record["delta"]) else "content_block_delta"
    if isinstance(record.get("content"), list):
        return "message"
    return "message_start" if "message" in record else ""


def _kind_of_block(block: dict[str, Any]) -> str:
    named = tag(block.get("type"))
    if named in _KINDS or (named and not isinstance(block.get("text"), str)):
        return named
    if "input" in block:
        return "tool_use"
    return "thinking" if "thinking" in block else "redacted_thinking" if "data" in block else "text"


def _kind_of_delta(delta: dict[str, Any]) -> Kind:
    if delta.get("type") == "thinking_delta" or delta.get("thinking"):
        return "thinking"
    return "call" if delta.get("partial_json") else "text"


def _seal(record: dict[str, Any]) -> dict[str, Any]:
    """The signature as it came: a server that signs nothing gets its thinking back without one."""
    signature = record.get("signature")
    return {"signature": signature} if isinstance(signature, str) else {}


def _or(value: object, other: int) -> int:
    number = count(value)
    return other if number is None else number
