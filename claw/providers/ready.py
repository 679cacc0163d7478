"""What a request has in common with the one before it: made ready once, as messages of a dialect and as their JSON.

A turn adds two messages to a conversation, however long that is. What was there before goes to the server in the same
words, so only what came since is looked at. Whatever is kept here is only that; without it the result is the same.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from claw.events.content import AnyBlock, Message, TextBlock, ToolResultBlock, ToolUseBlock
from claw.events.request import SYSTEM, Holder, Messages, Request
from claw.providers.base import LoadBlob
from claw.providers.conversation import Ids, messages_of

MOST = 16
"""Conversations of which something is kept: agents at work beside each other."""
CHANGING = 3
"""So many replies at the end are not kept, nor what is between them: the last messages get marks and lose them."""

Item: TypeAlias = dict[str, Any]


class Items(list[Item]):
    """Messages as a dialect has them. `known` is the JSON of the first `written` of them, in parts without brackets."""

    def __init__(self, items: Iterable[Item], known: Sequence[bytes], written: int) -> None:
        super().__init__(items)
        self.known = known
        self.written = written

    def behind(self, first: list[Item]) -> Items:
        """These behind others."""
        return Items([*first, *self], (_listed(first), *self.known), len(first) + self.written)

    def encoded(self) -> Iterator[bytes]:
        """All of them as JSON, in parts: whoever joins those copies them once."""
        yield b"["
        parts = [part for part in (*self.known, _listed(self[self.written :])) if part]
        for place, part in enumerate(parts):
            if place:
                yield b","
            yield part
        yield b"]"


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def as_json(value: object) -> bytes:
    """JSON as it goes over the wire. Raises ValueError for numbers that it does not have."""
    return _encode(value).encode()


def _listed(items: list[Item]) -> bytes:
    """The JSON of a list, without its brackets."""
    return as_json(items)[1:-1]


def _joined(*lists: bytes) -> bytes:
    return b",".join(filter(None, lists))


def body_as_json(body: dict[str, Any]) -> bytes:
    """A whole body."""
    parts = [b"{"]
    for name, value in body.items():
        parts += (b"," if len(parts) > 1 else b"", as_json(name), b":")
        parts += value.encoded() if isinstance(value, Items) else (as_json(value),)
    return b"".join((*parts, b"}"))


class _Kept(Struct, eq=False):
    """The beginning of one conversation. `terms`: what else its messages depend on."""

    terms: object
    source: tuple[Message, ...] | tuple[Holder, ...] = ()
    ids: Ids | None = None
    items: list[Item] = []
    known: bytes = b""


class Ready:
    """The beginnings of conversations that one dialect has sent. `items_of` says what it makes of some messages,
    whatever stands before and behind them; `documents` and `longest_id` are as `messages_of` has them. `beyond`: kinds
    of block that say how other messages go out; with one of them a conversation is made as a whole.
    """

    def __init__(
        self,
        items_of: Callable[[list[Message]], Iterable[Item]],
        *,
        documents: bool,
        longest_id: int = 64,
        beyond: tuple[type[AnyBlock], ...] = (),
    ) -> None:
        self._items_of = items_of
        self._beyond = beyond
        self._documents = documents
        self._longest_id = longest_id
        self._kept: list[_Kept] = []

    def items(self, request: Request, load: LoadBlob) -> Items:
        """All messages of the request."""
        terms = (request.api, request.parameters.without)
        # Where the instructions are a part of the first message, they may be others in each request.
        kept = None if SYSTEM in request.parameters.without else self._begun(terms, _source(request))
        if kept is not None:
            borders = _borders(request.messages, len(kept.source))
            if len(borders) < CHANGING - 1 or self._reaches_beyond(request.messages[len(kept.source) :]):
                kept = None
            elif len(borders) >= CHANGING:
                kept = self._extended(kept, request, borders[-CHANGING], load)
        kept = kept or _Kept(terms)
        rest = replace(request, messages=request.messages[len(kept.source) :])
        messages = self._made(rest, load, Ids(self._longest_id, kept.ids))
        return Items([*kept.items, *self._items_of(messages)], (kept.known,), len(kept.items))

    def _reaches_beyond(self, messages: tuple[Message, ...]) -> bool:
        return any([isinstance(block, self._beyond) for message in messages for block in message.blocks])

    def _begun(self, terms: object, source: tuple[Message, ...] | tuple[Holder, ...]) -> _Kept:
        """The beginning of these messages that was kept; an empty one where none was."""
        for kept in self._kept:
            if kept.terms == terms and kept.source == source[: len(kept.source)]:
                return kept
        return _Kept(terms)

    def _extended(self, kept: _Kept, request: Request, until: int, load: LoadBlob) -> _Kept:
        added = replace(request, messages=request.messages[len(kept.source) : until])
        ids = Ids(self._longest_id, kept.ids)
        items = [*self._items_of(self._made(added, load, ids))]
        known = _joined(kept.known, _listed(items))
        longer = _Kept(kept.terms, _source(request)[:until], ids.with_those_before(), [*kept.items, *items], known)
        self._kept = [longer, *(one for one in self._kept if one is not kept)][:MOST]
        return longer

    def _made(self, request: Request, load: LoadBlob, ids: Ids) -> list[Message]:
        return messages_of(request, load, documents=self._documents, ids=ids)


def _source(request: Request) -> tuple[Message, ...] | tuple[Holder, ...]:
    """What the messages are known by: the same objects in each request."""
    return request.messages.holders if isinstance(request.messages, Messages) else request.messages


def _borders(messages: Sequence[Message], known: int) -> list[int]:
    """The last places behind `known`, at most `CHANGING`, up to which the messages go to the server in the same words,
    whatever follows.

    There a reply that says something follows upon something that was said: nothing is merged over that border, and all
    calls before it have their results. Of images and documents those count that come last, so none is before a border.
    """
    media = (
        place
        for place in range(known, len(messages))
        if messages[place].role == "user" and not all(map(_is_plain, messages[place].blocks))
    )
    behind = range(next(media, len(messages)) - 1, known, -1)
    borders = itertools.islice((place for place in behind if _is_border(messages, place)), CHANGING)
    return [*borders][::-1]


def _is_border(messages: Sequence[Message], place: int) -> bool:
    reply, before = messages[place], messages[place - 1]
    if reply.role != "assistant" or before.role != "user":
        return False
    calls = {block.id for block in messages[place - 2].blocks if isinstance(block, ToolUseBlock)} if place > 1 else ()
    said = any(_says(block) or (isinstance(block, ToolResultBlock) and block.id in calls) for block in before.blocks)
    return said and any(_says(block) or isinstance(block, ToolUseBlock) for block in reply.blocks)


def _says(block: object) -> bool:
    return isinstance(block, TextBlock) and isinstance(block.text, str) and bool(block.text.strip())


def _is_plain(block: object) -> bool:
    return not isinstance(block, ToolResultBlock) or all(isinstance(part, TextBlock) for part in block.content)
