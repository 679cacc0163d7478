"""Bytes of a file as text, and text as numbered lines; line ends and marks are kept apart from the words."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from dataclasses import dataclass

LINE_LIMIT = 2000
"""Characters of a line that are shown."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """Decoded text without its byte order mark. `exact`: encoding it again gives the same bytes."""

    text: str
    encoding: str
    mark: bytes
    exact: bool

    def encoded(self, text: str) -> bytes:
        return self.mark + text.encode(self.encoding)


def decoded(data: bytes) -> Text | None:
    """The text in `data`, by its byte order mark or as UTF-8; None where it is no text."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    body = data[len(mark) :]
    if encoding == "utf-8" and b"\0" in body:
        return None
    try:
        return Text(body.decode(encoding), encoding, mark, True)
    except UnicodeDecodeError:
        text = body.decode(encoding, "replace")
    if text.count("\ufffd") * 10 > len(text) + 10:
        return None
    return Text(text, encoding, mark, False)


def lines_of(text: str) -> list[str]:
    """Lines without their ends (LF or CRLF). A text that ends with a line end has no empty line after it."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def numbered(lines: list[str], first: int) -> str:
    """`cat -n`: number, tab, line; the first number is `first`. Long lines are cut and say so."""
    return "\n".join(f"{number:>6}\t{cut(line)}" for number, line in enumerate(lines, first))


def cut(line: str) -> str:
    if len(line) <= LINE_LIMIT:
        return line
    return f"{line[:LINE_LIMIT]}… [{len(line) - LINE_LIMIT} more characters]"


class LineEnds:
    """A text with every CRLF read as LF, which can put pieces back in the text's own ends."""

    def __init__(self, text: str) -> None:
        self._raw = text
        self.text = text.replace("\r\n", "\n")
        self._crlf: list[int] = []
        at = text.find("\r\n")
        while at >= 0:
            self._crlf.append(at - len(self._crlf))
            at = text.find("\r\n", at + 2)

    def replaced(self, spans: list[tuple[int, int]], new: str) -> str:
        """The whole text with these spans (of `text`, in order) replaced by `new`; all else byte for byte."""
        pieces, done = [], 0
        for start, stop in spans:
            pieces += [self._raw[done : self._at(start)], self._own_ends(start, stop, new)]
            done = self._at(stop)
        return "".join([*pieces, self._raw[done:]])

    def _at(self, position: int) -> int:
        return position + bisect_left(self._crlf, position)

    def _own_ends(self, start: int, stop: int, new: str) -> str:
        """`new` with the ends of what it replaces; without any there, of the text's first line."""
        at = self.text.find("\n", start, stop)
        if at < 0:
            at = self.text.find("\n")
        place = bisect_left(self._crlf, at)
        crlf = place < len(self._crlf) and self._crlf[place] == at
        return new.replace("\n", "\r\n") if crlf else new
