"""Records of a Responses stream, or a whole response, to pieces, purely. One output item is one block; unknown kinds
are left out, and named where a reply held nothing else.
"""

from __future__ import annotations

from typing import Any

from claw.events.content import Usage
from claw.providers.base import Completion, Piece
from claw.providers.blocks import Block, Items, Kind, StreamDecoder
from claw.providers.failures import broken, error_of, failed
from claw.providers.fields import count, each, fields, is_extra, signatures, tag, text, text_if_any, unplaced, word
from claw.providers.freeform import BEGINNING, CALL, as_arguments, escaped

_ENDS = ("response.completed", "response.incomplete", "response.done")
_FAILED = ("response.failed", "response.cancelled")
_ITEMS: dict[str, Kind] = {"message": "text", "reasoning": "thinking", "function_call": "call", CALL: "call"}
_PIECES: dict[Kind, str] = {
    "text": "response.output_text.delta",
    "thinking": "response.reasoning_text.delta",
    "call": "response.function_call_arguments.delta",
}
_PLAIN = {"type", "item_id", "output_index", "content_index", "delta", "logprobs", "sequence_number", "obfuscation"}
"""Fields of a record that only goes on with the text."""
_SILENT = ("response.created", "response.queued", "response.in_progress", "keepalive", "ping", "error", "")


class _Item:
    """An item that is being streamed, or was. `parts` are those of its summary or content that said something."""

    def __init__(self, block: Block, id: str, *, freeform: bool = False) -> None:
        self.block = block
        self.id = id
        self.parts: list[int] = []
        self._freeform = freeform

    def argue(self, piece: object) -> Items:
        if self._freeform:
            piece = (BEGINNING if self.block.silent else "") + escaped(text(piece))
        yield from self.block.argue(piece)


class Decoder(StreamDecoder):
    def __init__(self) -> None:
        super().__init__("openai-responses")
        self._items: list[_Item] = []
        self._at: dict[int, _Item] = {}
        self._nameless: dict[tuple[int | None, str], list[str]] = {}
        """Arguments of calls whose names have not come."""
        self._ended = False
        self._stop = ""

    @property
    def whole(self) -> bool:
        return self._ended

    @property
    def over(self) -> bool:
        return self._ended

    def _more(self, record: dict[str, Any]) -> Piece | None:
        if record.get("type") != _PIECES["text"] or not record.keys() <= _PLAIN:
            return None
        index, said, part = record.get("output_index"), record.get("delta"), record.get("content_index", 0)
        if type(index) is not int or type(said) is not str or not said or type(part) is not int:
            return None
        item = self._at.get(index)
        if item is None or item.block.kind != "text" or item.block.closed or item.parts[-1:] != [part]:
            return None
        return item.block.said_more(said)

    def _read(self, record: dict[str, Any]) -> Items:
        index, id = count(record.get("output_index")), word(record.get("item_id"))
        kind, item = _kind(record) or self._kind_at(index, id, record), fields(record.get("item"))
        if kind == "response":
            yield from self._end(record)
        elif kind in _ENDS:
            yield from self._end(fields(record.get("response")))
        elif kind in _FAILED:
            raise _failure(fields(record.get("response")))
        elif kind == "response.output_item.added":
            yield from self._open(index, item)
        elif kind == "response.output_item.done":
            yield from self._done(index, item)
        elif kind.endswith(".delta"):
            yield from self._piece(kind, index, id, record)
        elif kind.endswith(".done"):
            yield from self._longer(kind, index, id, record)
        elif kind not in _SILENT and not kind.endswith((".added", ".in_progress", ".searching", ".completed")):
            self._blocks.unplaced[kind] = None

    def done(self) -> None:
        self._ended = True

    def end(self) -> Items:
        """Raises CallFailed for a call of which nothing but arguments came."""
        if self._ended and any(self._nameless.values()):
            raise unplaced("arguments of a call without a name")
        yield from self._blocks.close()

    def completion(self) -> Completion:
        if not self._ended:
            raise broken("The stream ended before the response did.")
        return self._blocks.completed(self._stop, refused=self._refused, model=self._model, response=self._response)

    def _kind_at(self, index: int | None, id: str, record: dict[str, Any]) -> str:
        """Of a piece that does not name its type: what it goes on with."""
        if "delta" not in record:
            return ""
        at = self._at.get(-1 if index is None else index)
        item = at or next((item for item in reversed(self._items) if not id or item.id == id), None)
        return _PIECES[item.block.kind if item else "text"]

    def _find(self, kind: Kind, index: int | None, id: str) -> _Item | None:
        at = None if index is None else self._at.get(index)
        named = next((item for item in reversed(self._items) if id and item.id == id), None)
        if at is None and named is None and index is None:
            at = next((item for item in reversed(self._items) if not item.block.closed), None)
        return next((item for item in (at, named) if item is not None and item.block.kind == kind), None)

    def _open(self, index: int | None, item: dict[str, Any]) -> Items:
        kind = _kind_of_item(item)
        if kind is None:
            self._blocks.unplaced[word(item.get("type"))] = None
            return
        id = word(item.get("id"))
        if kind == "call":
            block = yield from self._blocks.call(word(item.get("name")), word(item.get("call_id")) or id)
        elif kind == "text":
            block = yield from self._blocks.text(word(item.get("phase")))
        else:
            block = yield from self._blocks.thinking()
        opened = _Item(block, id, freeform=tag(item.get("type")) == CALL)
        self._items.append(opened)
        if index is not None:
            self._at[index] = opened
        for key in ((index, id), (index, ""), (None, id)):
            for held in self._nameless.pop(key, ()):
                yield from opened.argue(held)

    def _piece(self, kind: str, index: int | None, id: str, record: dict[str, Any]) -> Items:
        wanted = _kind_of_piece(kind)
        delta = record.get("delta")
        if wanted is None:
            if delta:
                self._blocks.unplaced[kind] = None
            return
        if wanted == "call":
            item = self._find("call", index, id)
            if item is None or item.block.closed:
                self._nameless.setdefault((index, id), []).append(text(delta))
            else:
                yield from item.argue(delta)
            return
        self._refused |= kind == "response.refusal.delta"
        part = max(count(record.get("summary_index")) or 0, count(record.get("content_index")) or 0)
        if said := text(delta):
            yield from self._say(wanted, index, id, part, said)

    def _say(self, kind: Kind, index: int | None, id: str, part: int, said: str) -> Items:
        item = self._find(kind, index, id)
        if item is None or item.block.closed:
            yield from self._open(index, {"type": "message" if kind == "text" else "reasoning", "id": id})
            item = self._items[-1]
        gap = "\n\n" if item.parts and part != item.parts[-1] else ""
        if part not in item.parts:
            item.parts.append(part)
        yield from item.block.say(gap + said)

    def _longer(self, kind: str, index: int | None, id: str, record: dict[str, Any]) -> Items:
        """A part or the arguments of a call, whole: news only where no deltas came."""
        wanted = _kind_of_piece(kind)
        if wanted == "call":
            item = self._find("call", index, id)
            if item is not None and not item.block.closed:
                yield from _rest(item.block, _arguments(record))
            elif item is None and not self._nameless.get((index, id)):
                self._nameless[index, id] = [text(record.get("arguments") or record.get("input"))]
            return
        part = fields(record.get("part"))
        wanted = wanted or _kind_of_part(part)
        number = max(count(record.get("summary_index")) or 0, count(record.get("content_index")) or 0)
        said = (
            text(record.get("text") or record.get("refusal") or part) if wanted and (record.keys() - {"type"}) else ""
        )
        item = self._find(wanted, index, id) if wanted else None
        if wanted and said and (item is None or (number not in item.parts and said not in item.block.said)):
            self._refused |= bool(record.get("refusal"))
            yield from self._say(wanted, index, id, number, said)

    def _done(self, index: int | None, item: dict[str, Any]) -> Items:
        """A server that streams no deltas has the whole item here."""
        kind = _kind_of_item(item)
        found = None if kind is None else self._find(kind, index, word(item.get("id")))
        yield from self._ended_with(found, index, item)

    def _ended_with(self, found: _Item | None, index: int | None, item: dict[str, Any]) -> Items:
        """`found`: what the stream said of this item."""
        if found is None or (found.block.closed and found.block.silent and _text(item)):
            before = len(self._items)
            yield from self._open(index, item)
            if len(self._items) == before:
                return
            found = self._items[-1]
        if not found.block.closed:
            yield from self._finish(found, item)

    def _finish(self, found: _Item, item: dict[str, Any]) -> Items:
        block = found.block
        if block.kind == "call":
            yield from _rest(block, _arguments(item))
            if extra := signatures(item, beside=is_extra):
                yield from block.seal({"item": extra})
        else:
            yield from _rest(block, _text(item))
            self._refused |= any(part.get("refusal") for part in each(item.get("content")))
        if block.kind == "thinking" and (opaque := _sealed(item)):
            yield from block.seal(opaque)
        yield from block.close()

    def _end(self, response: dict[str, Any]) -> Items:
        """What the whole response holds and the stream did not say is said now."""
        if response.get("status") == "failed" or (response.get("error") and not response.get("output")):
            raise _failure(response)
        self._model, self._response = word(response.get("model")), word(response.get("id"))
        output = each(response.get("output"))
        for item, found in zip(output, self._streamed(output), strict=True):
            yield from self._ended_with(found, None, item)
        if response.get("status") == "incomplete" or response.get("incomplete_details"):
            self._stop = word(fields(response.get("incomplete_details")).get("reason")) or "max_output_tokens"
        yield self._blocks.counted(_counted(fields(response.get("usage"))))
        self._ended = True

    def _streamed(self, output: list[dict[str, Any]]) -> list[_Item | None]:
        """The item of the stream that each one of the whole response is: by what it says, else by its place, else any
        of its kind that is left.
        """
        left = list(self._items)
        found: dict[int, _Item] = {}
        for matches in (_says_the_same, self._stands_there, lambda *_: True):
            for number, item in enumerate(output):
                kind = _kind_of_item(item)
                same = (one for one in left if one.block.kind == kind and matches(one, number, item))
                if number not in found and (match := next(same, None)) is not None:
                    found[number] = match
                    left.remove(match)
        return [found.get(number) for number in range(len(output))]

    def _stands_there(self, one: _Item, number: int, item: dict[str, Any]) -> bool:
        return self._at.get(number) is one


def _rest(block: Block, whole: object) -> Items:
    """What a whole text or whole arguments hold beyond what was said of them."""
    if block.silent:
        yield from block.argue(whole) if block.kind == "call" else block.say(text(whole))
    elif isinstance(whole, str) and whole.startswith(block.said) and not block.arguments.whole:
        yield from block.say(whole.removeprefix(block.said))


def _says_the_same(one: _Item, number: int, item: dict[str, Any]) -> bool:
    return not one.block.silent and one.block.said == _text(item)


def _kind(record: dict[str, Any]) -> str:
    """The record's type; a server that leaves it out shows it by what the record holds."""
    if named := tag(record.get("type")):
        return named
    if record.get("object") == "response" or isinstance(record.get("output"), list):
        return "response"
    if isinstance(response := record.get("response"), dict):
        return "response.completed" if response.get("status") in ("completed", "incomplete", "failed") else ""
    if isinstance(record.get("item"), dict):
        return "response.output_item.done" if _text(record["item"]) else "response.output_item.added"
    return ""


def _kind_of_item(item: dict[str, Any]) -> Kind | None:
    if named := tag(item.get("type")):
        return _ITEMS.get(named)
    if "arguments" in item:
        return "call"
    return "thinking" if "summary" in item else "text" if "content" in item else None


def _kind_of_piece(kind: str) -> Kind | None:
    if kind.startswith(("response.function_call_arguments.", "response.custom_tool_call_input.")):
        return "call"
    if kind.startswith(("response.reasoning_summary_text.", "response.reasoning_text.", "response.reasoning.")):
        return "thinking"
    return "text" if kind.startswith(("response.output_text.", "response.refusal.", "response.text.")) else None


def _kind_of_part(part: dict[str, Any]) -> Kind | None:
    named = tag(part.get("type"))
    if named in ("output_text", "refusal"):
        return "text"
    return "thinking" if named.startswith(("summary", "reasoning")) else None


def _text(item: dict[str, Any]) -> str:
    """What an item says, arguments as text."""
    arguments = _arguments(item)
    if isinstance(arguments, str):
        return arguments
    if arguments:
        return str(arguments)
    summary, content = (item.get(name) for name in ("summary", "content"))
    if _kind_of_item(item) == "thinking":
        return "\n\n".join(map(text_if_any, _parts(summary) or _parts(content)))
    return "\n\n".join(map(text, _parts(content) or _parts(item.get("text"))))


def _arguments(record: dict[str, Any]) -> Any:
    """The arguments of a call, of which a text may be all there is."""
    whole = record.get("input")
    return as_arguments(whole) if "arguments" not in record and isinstance(whole, str) else record.get("arguments")


def _parts(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []


def _sealed(item: dict[str, Any]) -> dict[str, Any]:
    """What goes back, in the form it came in."""
    if not any(item.get(name) for name in ("encrypted_content", "content", "summary")):
        return {}
    sealed: dict[str, Any] = {"id": word(item.get("id")), "summary": _typed("summary_text", item.get("summary"))}
    if isinstance(item.get("encrypted_content"), str) and item["encrypted_content"]:
        sealed["encrypted_content"] = item["encrypted_content"]
    if item.get("content"):
        sealed["content"] = _typed("reasoning_text", item["content"])
    return sealed | signatures(item, beside=is_extra)


def _typed(kind: str, parts: object) -> list[dict[str, str]]:
    return [{"type": kind, "text": text_if_any(part)} for part in _parts(parts)]


def _failure(response: dict[str, Any]) -> Exception:
    kinds, message = error_of(response.get("error") or {})
    return failed(message=message or "The response failed.", kinds=kinds)


def _counted(usage: dict[str, Any]) -> Usage:
    inward, outward = (fields(usage.get(f"{way}_tokens_details")) for way in ("input", "output"))
    read = count(inward.get("cached_tokens")) or 0
    written = count(inward.get("cache_write_tokens")) or 0
    return Usage(
        input=max(0, (count(usage.get("input_tokens")) or 0) - read - written),
        output=count(usage.get("output_tokens")) or 0,
        cache_read=read,
        cache_write=written,
        reasoning=count(outward.get("reasoning_tokens")) or 0,
    )
