"""Bytes of a file as text, and text as numbered lines; line ends and marks are kept apart from the words."""

from __future__ import annotations

import codecs
from bisect import bisect_left

from msgspec import Struct
from msgspec.structs import replace

from claw.errors import ToolError
from claw.late import pattern
from claw.tools.declared_encoding import declared
from claw.tools.encodings import guessed, in_ascii

LINE_LIMIT = 2000
"""Characters of a line that are shown."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


STAND_IN = "\ufffd"
"""Shown in place of a byte that stands for no character."""

_STRANGE = pattern("[\udc80-\udcff]")


class Text(Struct, frozen=True):
    """Decoded text without its byte order mark; encoded again it is the same bytes.

    A byte that could not be read is a lone surrogate in `text`, as Python's "surrogateescape" has it; that is never
    shown or recorded.
    """

    text: str
    encoding: str
    mark: bytes
    errors: str = "strict"

    @property
    def shown(self) -> str:
        """The text with a stand-in for each byte that could not be read."""
        return shown_text(self.text)

    @property
    def whole(self) -> bool:
        """Whether every byte could be read."""
        return _STRANGE.search(self.text) is None

    def encoded(self, text: str) -> bytes:
        """Raises UnicodeEncodeError for a character that the encoding lacks."""
        return self.mark + text.encode(self.encoding, self.errors)


def shown_text(text: str) -> str:
    """With a stand-in for each byte that could not be read."""
    return _STRANGE.sub(STAND_IN, text)


NEW = Text("", "utf-8", b"")
"""Of a file that is not there yet."""


def decoded(data: bytes) -> Text | None:
    """The text in `data`, by its byte order mark, as UTF-8, as it declares, or by what its bytes look like; None: it is
    no text.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    body = data[len(mark) :]
    if encoding == "utf-8" and b"\0" in body:
        return None
    if not mark and body.isascii():
        encoding = in_ascii(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        if mark and encoding != "utf-8":
            return None
        found = guessed(body)
        return Text(body.decode(*found), found[0], mark, found[1]) if found else None
    return Text(text, encoding, mark) if text.encode(encoding) == body else None


def must_not_write_stand_ins(old: Text, new: str) -> None:
    """Raises ToolError if `new` holds the stand-in for bytes of `old` that could not be read: they would be lost."""
    meant = old.whole and (old.encoding == "utf-8" or STAND_IN in old.text)
    if STAND_IN in new and not meant:
        raise ToolError(
            f"The text holds {STAND_IN}, which stands for bytes that could not be read; writing it would destroy them. "
            f"Change the lines around them with Edit."
        )


def following(old: Text, text: str) -> Text:
    """How another text in the place of the file's is encoded: as it was, or as the new text declares."""
    now = declared(text)
    if old.mark or old.errors != "strict" or now == declared(old.text):
        return old
    return replace(old, encoding=now or ("utf-8" if old.text.isascii() else old.encoding))


def encoded(old: Text, text: str, name: str) -> bytes:
    """Another text as the file's is encoded (`following`). Raises ToolError for a character that the encoding lacks."""
    old = following(old, text)
    try:
        return old.encoded(text)
    except UnicodeEncodeError as error:
        raise ToolError(
            f"{name} is encoded in {old.encoding}, which has no {error.object[error.start]!r}. Write it otherwise, or "
            f"convert the file first, as with iconv in Bash."
        ) from None


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

    @property
    def all_crlf(self) -> bool:
        """Whether it has lines, and each of them ends in CRLF."""
        return 0 < len(self._crlf) == self.text.count("\n")

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
