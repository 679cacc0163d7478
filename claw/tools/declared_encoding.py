"""The encoding that a text file says of itself that it is in."""

from __future__ import annotations

import codecs
import re

from claw.late import pattern

HEAD = 4096
"""Characters in which that is looked for."""

_DECLARATIONS = (
    pattern(r"(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)"),  # PEP 263, Ruby
    pattern(r"(?:[^\n]*\n)?[^\n]*-\*-[^\n]*?coding:[ \t]*([-\w.]+)[^\n]*-\*-"),  # Emacs
    pattern(r"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]+)[\"']"),
    pattern(r"\s*<(?:.|\n){,1024}?<meta\s[^>]*?charset\s*=\s*[\"']?\s*([-\w.:]+)", re.IGNORECASE),
    pattern(r"\s*<meta\s[^>]*?charset\s*=\s*[\"']?\s*([-\w.:]+)", re.IGNORECASE),
    pattern(r"@charset \"([^\"]+)\";"),
    pattern(r"(?:.*\n)*?\"Content-Type:.*?charset=([-\w.]+)\\n\"", re.IGNORECASE),  # gettext
    pattern(r"(?:.*\n)*?\s*\\usepackage\[([-\w]+)\]\{inputenc\}"),
)
_OTHER_NAMES = {"ansinew": "cp1252", "applemac": "mac_roman", "x-sjis": "shift_jis", "utf8x": "utf-8"}
_NO_CHARACTERS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7", "mbcs", "oem"}
"""Codecs that are no encoding of files."""
_WIDER = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
}
"""What is often meant by a name that means less."""
_CONTROL = pattern("[\x80-\x9f]")


def declared(text: str) -> str:
    """The encoding that a text's beginning declares, by Python's name of it, or ""."""
    head = text[:HEAD]
    for declaration in _DECLARATIONS:
        if found := declaration.match(head):
            return _known(found[1], head[: found.end()])
    return ""


def fitting(body: bytes) -> str:
    """The encoding that `body` declares, or the wider one that is meant by that, if it keeps every byte; else ""."""
    name = declared(body[:HEAD].decode("latin-1"))
    return next((encoding for encoding in (name, _WIDER.get(name, "")) if encoding and _fits(body, encoding)), "")


def _known(name: str, head: str) -> str:
    name = re.sub(r"-(?:unix|dos|mac)$", "", name.strip().lower())
    try:
        encoding = codecs.lookup(_OTHER_NAMES.get(name, name)).name
        # Else the declaration itself could not be read in it.
        readable = head.isascii() and head.encode("ascii").decode(encoding) == head
    except (LookupError, UnicodeError, ValueError):
        return ""
    return encoding if readable and encoding not in _NO_CHARACTERS else ""


def _fits(body: bytes, encoding: str) -> bool:
    try:
        text = body.decode(encoding)
        return text.encode(encoding) == body and not (encoding == "iso8859-1" and _CONTROL.search(text))
    except UnicodeError:
        return False
