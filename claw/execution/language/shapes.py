"""The parts of the Language Server Protocol that claw reads, as far as it reads them. A server may say anything:
whatever has another shape is an error of that one answer.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

WRONG = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises."""


class Position(Struct, frozen=True):
    """From 0; `character` counts in the units that were agreed on."""

    line: int = 0
    character: int = 0


class Range(Struct, frozen=True):
    start: Position = Position()
    end: Position = Position()


class Markup(Struct, frozen=True):
    value: str = ""


class Diagnostic(Struct, frozen=True):
    range: Range
    message: str | Markup
    severity: int | None = None
    code: int | str | None = None
    source: str | None = None

    @property
    def text(self) -> str:
        return self.message if isinstance(self.message, str) else self.message.value


class Published(Struct, frozen=True):
    uri: str
    diagnostics: list[Diagnostic]
    version: int | None = None


class Pulled(Struct, frozen=True):
    items: list[Diagnostic]


class Place(Struct, frozen=True, rename="camel"):
    """A location, or a link to one."""

    uri: str = ""
    range: Range = Range()
    target_uri: str = ""
    target_selection_range: Range | None = None

    @property
    def where(self) -> tuple[str, Position]:
        if self.target_uri:
            return self.target_uri, (self.target_selection_range or self.range).start
        return self.uri, self.range.start


class Symbol(Struct, frozen=True, rename="camel"):
    """Of a document, with `range`, or of the workspace, with `location`."""

    name: str
    kind: int = 0
    range: Range | None = None
    selection_range: Range | None = None
    location: Place | None = None
    container_name: str | None = None
    children: list[Symbol] | None = None


class Marked(Struct, frozen=True):
    """Text with its kind, or code with its language."""

    value: str = ""
    language: str = ""


class Hover(Struct, frozen=True):
    contents: str | Marked | list[str | Marked]


class CallItem(Struct, frozen=True, rename="camel"):
    name: str
    uri: str
    kind: int = 0
    selection_range: Range = Range()


class Call(Struct, frozen=True, rename={"from_": "from", "from_ranges": "fromRanges"}):
    """An incoming call has `from`, an outgoing one `to`."""

    from_: CallItem | None = None
    to: CallItem | None = None
    from_ranges: list[Range] = []


class Capabilities(Struct, frozen=True, rename="camel"):
    """`text_document_sync` is a number, or an object with more."""

    position_encoding: str | None = None
    text_document_sync: Any = None
    diagnostic_provider: Any = None


class Initialized(Struct, frozen=True):
    capabilities: Capabilities = Capabilities()


class Item(Struct, frozen=True):
    section: str | None = None


class Items(Struct, frozen=True):
    items: list[Item] = []


class Registration(Struct, frozen=True):
    method: str


class Registered(Struct, frozen=True):
    registrations: list[Registration] = []


def read(raw: Raw | bytes, shape: Any) -> Any:
    """What was sent, in this shape. Raises one of `WRONG`."""
    return msgspec.json.decode(raw, type=shape)
