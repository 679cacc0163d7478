"""An event stream's bytes to its events (WHATWG HTML, "Server-sent events"), purely."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

MOST_STRANGE = 2_000
"""Characters kept of lines that are none of an event stream."""


@dataclass(frozen=True, slots=True)
class Event:
    """`data`: the lines of its data, at least one of them not empty."""

    name: str
    data: tuple[str, ...]


class Events:
    """Takes bytes in pieces of any length. An event without data is none; the last one needs no empty line behind it.

    `strange` is what lines held that have none of the standard's fields: a server's words, where nothing else came.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._line: list[str] = []
        self._after_cr = False
        self._name = ""
        self._data: list[str] = []
        self.strange = ""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        yield from self._take(self._decode(chunk))

    def end(self) -> Iterator[Event]:
        yield from self._take(self._decode(b"", True) + "\n\n")

    def _take(self, text: str) -> Iterator[Event]:
        if self._after_cr and text.startswith("\n"):
            text = text[1:]
        if text:
            self._after_cr = text.endswith("\r")
        first, *lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._line.append(first)
        for line in lines:
            yield from self._end_line()
            self._line.append(line)

    def _end_line(self) -> Iterator[Event]:
        line = "".join(self._line)
        self._line.clear()
        if line:
            self._field(*line.partition(":"))
            return
        if any(self._data):
            yield Event(self._name, tuple(self._data))
        self._name = ""
        self._data.clear()

    def _field(self, name: str, colon: str, value: str) -> None:
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name not in ("", "id", "retry") and len(self.strange) < MOST_STRANGE:
            self.strange += f"{name}{colon}{value}\n"
