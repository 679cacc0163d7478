"""The body of an answer to its records, purely: an event stream, JSON in its stead, or what is neither.

Which it is shows in its first character, whatever the server calls it: no event stream begins with a brace or a `<`.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from claw.providers.failures import broken, failed
from claw.providers.page import words_of_page
from claw.providers.sse import Event, Events

Form: TypeAlias = Literal["", "events", "json", "page"]

DONE = "[DONE]"
LONGEST_PAGE = 64 * 1024
"""Characters read of what is no reply."""
LONGEST_JSON = 64 * 1024 * 1024


class Answer:
    """Takes bytes in pieces; yields JSON objects, and None where the server says that it is done.

    `feed` and `end` raise CallFailed for what is not JSON. `records` counts what was yielded, `last` is the last of it.
    """

    def __init__(self) -> None:
        self.form: Form = ""
        self.records = 0
        self.last: dict[str, Any] | None = None
        self._events = Events()
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._head = b""
        self._text = ""
        self._lines = True
        """Whether the JSON is one object a line, as far as it has come."""

    @property
    def full(self) -> bool:
        """Whether enough of a page has come."""
        return self.form == "page" and len(self._text) > LONGEST_PAGE

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any] | None]:
        if not self.form:
            self._head += chunk
            self.form, chunk = _form(self._head), self._head
        if self.form == "events":
            yield from self._each(self._events.feed(chunk))
        elif self.form:
            self._text += self._decode(chunk)
        if self.form == "json":
            yield from self._json()

    def end(self) -> Iterator[dict[str, Any] | None]:
        if self.form == "events":
            yield from self._each(self._events.end())
        elif self.form == "json":
            self._text += self._decode(b"", True)
            if self._text.strip():
                yield from self._objects(self._text)

    def words(self) -> str:
        """What the server said instead of records."""
        return self._events.strange.strip() if self.form == "events" else words_of_page(self._text)

    def _json(self) -> Iterator[dict[str, Any] | None]:
        whole: list[str] = []
        *lines, rest = self._text.split("\n") if self._lines else [self._text]
        for number, line in enumerate(lines):
            if not _is_json(line):
                self._lines, rest = False, "\n".join((*lines[number:], rest))
                break
            whole.append(line)
        if rest.rstrip().endswith(("}", "]")) and _is_json(rest):
            whole.append(rest)
            rest = ""
        if len(rest) > LONGEST_JSON:
            raise broken("The reply is a JSON text of more than 64 MiB.")
        self._text = rest
        for text in whole:
            yield from self._objects(text)

    def _each(self, events: Iterator[Event]) -> Iterator[dict[str, Any] | None]:
        for event in events:
            parts = event.data if len(event.data) > 1 and all(map(_is_json, event.data)) else ("\n".join(event.data),)
            for part in parts:
                yield from self._objects(part, event.name)

    def _objects(self, text: str, name: str = "") -> Iterator[dict[str, Any] | None]:
        """`name` of the event, where the record does not name its type."""
        text = text.strip()
        if text.startswith(DONE):
            yield None
            return
        if not text:
            return
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError) as error:
            if name == "error":
                raise failed(message=words_of_page(text)) from None
            raise broken(f"The provider's stream cannot be read: {error}: {text[:200]}") from None
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                self.records += 1
                self.last = {**one, "type": one.get("type") or name} if name else one
                yield self.last
            elif one is not None:
                raise broken(f"the stream holds a record that is no object: {text[:200]}")


def _form(head: bytes) -> Form:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if not start or codecs.BOM_UTF8.startswith(head):
        return ""
    return "json" if start in b"{[" else "page" if start == b"<" else "events"


def _is_json(text: str) -> bool:
    if text.strip() in ("", DONE):
        return True
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True
