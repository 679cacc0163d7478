"""JSON as people write it in settings files: with comments, commas before a closing bracket, a byte order mark."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from claw.errors import UsageError
from claw.late import pattern

LOST = "\ufffd"
"""Stands for what could not be read. A rule that holds it is none that can be read."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDENING = frozenset(
    ("allow", "additionalDirectories", "allowedDomains", "defaultMode", "env", "model", "disableAllHooks")
)
"""Keys of which only the last counts where one is written twice; of others everything counts."""
_COMMENT = pattern(r'"(?:[^"\\\n]|\\.)*"|(?://|#)[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_COMMA = pattern(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[,}\]])')
_BRACKET = pattern(r'"(?:[^"\\\n]|\\.)*"|[\[\]{}]')
_WHY = {
    "Expecting ',' delimiter": "a comma or a closing bracket is missing before this",
    "Expecting ':' delimiter": "a colon is missing before this",
    "Expecting property name": "a name in double quotes is missing here",
    "Expecting value": "a value is missing here",
    "Illegal trailing comma": "a value is missing behind this comma",
    "Extra data": "something stands behind the end of the object",
    "Unterminated string": "the text that begins here is not closed",
    "Invalid control character": "a text is not closed on its line, or holds a control character",
    "Invalid \\escape": "a backslash in a text is written \\\\",
    "Invalid \\uXXXX escape": "four hexadecimal digits follow \\u",
}
"""In words, by how the messages of `json` begin."""
_SURROGATE = pattern("[\ud800-\udfff]")
_DEEPEST = 128


def text_of(data: bytes) -> tuple[str, int]:
    """The text of a file with line ends as `\\n`, and the first line in which bytes could not be read, or 0: they are
    LOST.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            break
    else:
        text = data.decode("utf-8", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lost = text.find(LOST)
    return text, text.count("\n", 0, lost) + 1 if lost >= 0 else 0


def bare(text: str) -> str:
    """The same without comments and needless commas, which become blanks: every line stays where it is."""
    return _COMMA.sub(_blank, without_comments(text))


def without_comments(text: str) -> str:
    """The same with comments as blanks."""
    return _COMMENT.sub(_blank, text)


def comments(text: str) -> list[tuple[int, int]]:
    """Where each begins and ends."""
    return [match.span() for match in _COMMENT.finditer(text) if not match[0].startswith('"')]


def _blank(match: re.Match[str]) -> str:
    piece = match[0]
    return piece if piece.startswith('"') else re.sub(r"[^\n]", " ", piece)


def parsed(text: str, name: str) -> tuple[Any, list[str]]:
    """The value of a bare text, and the keys that are given twice. Raises UsageError with file, line and column."""
    doubled: list[str] = []

    def joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                doubled.append(key)
                value = _both(key, found[key], value)
            found[key] = value
        return found

    opened = _opened(text)
    if len(opened) > _DEEPEST:
        raise refused(text, name, opened[_DEEPEST], f"arrays and objects are nested deeper than {_DEEPEST} levels")
    try:
        value = json.loads(text, object_pairs_hook=joined, parse_int=_number, parse_constant=_nothing)
    except json.JSONDecodeError as error:
        raise refused(text, name, error.pos, f"this is no JSON: {_why(text, error)}") from None
    return _whole(value), doubled


def refused(text: str, name: str, position: int, why: str) -> UsageError:
    """The error for a file that nobody knows the denials of; `position` is where in the text it cannot be read."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return UsageError(
        f"{name}:{line}: {why} (column {column})",
        hint=f"${{EDITOR:-vi}} +{line} {name}, then claw doctor; until it can be read, claw cannot know what it denies",
    )


def _why(text: str, error: json.JSONDecodeError) -> str:
    """What is wrong there, in words."""
    at = text[error.pos :]
    line = text[text.rfind("\n", 0, error.pos) + 1 :]
    opened = _opened(text[: error.pos])
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "a merge left its conflict here"
    if not at.strip() and opened:
        where = text.count("\n", 0, opened[-1]) + 1
        return f"the file ends before the {text[opened[-1]]} of line {where} is closed"
    if at.startswith("'"):
        return "a text stands in double quotes"
    return next((words for begin, words in _WHY.items() if error.msg.startswith(begin)), error.msg)


def _number(text: str) -> int | float:
    return int(text) if len(text) < 100 else float(text)


def _nothing(_: str) -> None:
    """What is written as `NaN` or `Infinity` is no value."""


def _both(key: str, first: Any, second: Any) -> Any:
    """What a key that is given twice means: all that tightens, and of what loosens only the last."""
    if key in _WIDENING:
        return second
    if isinstance(first, dict) and isinstance(second, dict):
        kept = {name: value for name, value in first.items() if name in second or name not in _WIDENING}
        return {name: _both(name, kept[name], second[name]) if name in kept else second[name] for name in second} | {
            name: value for name, value in kept.items() if name not in second
        }
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    return first if second is None else second


def _whole(value: Any) -> Any:
    """The same, with halves of surrogate pairs LOST."""
    match value:
        case str():
            return _SURROGATE.sub(LOST, value)
        case dict():
            return {_SURROGATE.sub(LOST, key): _whole(item) for key, item in value.items()}
        case list():
            return [_whole(item) for item in value]
    return value


def _opened(text: str) -> list[int]:
    """Where the brackets stand that are open at the text's end, or where too many are; those in strings are none."""
    opened: list[int] = []
    for match in _BRACKET.finditer(text):
        if match[0] in "[{":
            opened.append(match.start())
        elif match[0] in "]}" and opened:
            opened.pop()
        if len(opened) > _DEEPEST:
            break
    return opened
