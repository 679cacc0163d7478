"""Where something is: characters as people count them, and as a server does; paths and their URIs."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

ENCODINGS = ("utf-32", "utf-8", "utf-16")
"""What a server may count characters in, the one that costs nothing first. One that does not say counts in UTF-16."""
_BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2)}
_LINE_END = re.compile("\r\n|\n|\r")


def lines_of(text: str) -> list[str]:
    """The lines as the protocol has them: nothing but CRLF, LF and CR ends one."""
    return _LINE_END.split(text)


def counted(line: str, characters: int, encoding: str) -> int:
    """So many characters of the line, in the server's units."""
    if encoding not in _BYTES:
        return characters
    codec, size = _BYTES[encoding]
    return len(line[:characters].encode(codec, "surrogatepass")) // size


def characters(line: str, units: int, encoding: str) -> int:
    """The reverse; what points into a character points at it. What lies behind the line is its end."""
    units = max(0, min(units, 4 * len(line)))
    if encoding not in _BYTES:
        return min(units, len(line))
    codec, size = _BYTES[encoding]
    return len(line.encode(codec, "surrogatepass")[: units * size].decode(codec, "ignore"))


def uri_of(path: str) -> str:
    """Of an absolute path."""
    return "file://" + quote(path, errors="surrogateescape")


def path_of(uri: str) -> str | None:
    """The absolute path that a URI is of; None where it is of something else."""
    try:
        parts = urlsplit(uri)
        path = unquote(parts.path, errors="surrogateescape")
    except ValueError:
        return None
    is_file = parts.scheme == "file" and parts.netloc in ("", "localhost")
    return path if is_file and path.startswith("/") and "\0" not in path else None
