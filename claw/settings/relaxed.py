"""JSON as people write it in settings files: with comments, commas before a closing bracket, a byte order mark."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any

from claw.errors import UsageError

LOST = "\ufffd"
"""Stands for what could not be read. A rule that holds it is none that can be read."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDENING = frozenset(
    ("allow", "additionalDirectories", "allowedDomains", "defaultMode", "env", "model", "disableAllHooks")
)
"""Keys of which only the last counts where one is written twice; of others everything counts."""
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?://|#)[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[,}\]])')
_SURROGATE = re.compile("[\ud800-\udfff]")
_DEEPEST = 128


def text_of(data: bytes) -> tuple[str, int]:
    """The text of a file, and the first line in which bytes could not be read, or 0: they are LOST."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            break
    else:
        text = data.decode("utf-8", "replace")
    lost = text.find(LOST)
    return text, text.count("\n", 0, lost) + 1 if lost >= 0 else 0


def bare(text: str) -> str:
    """The same without comments and needless commas, which become blanks: every line stays where it is."""

    def kept(match: re.Match[str]) -> str:
        piece = match[0]
        return piece if piece.startswith('"') else re.sub(r"[^\n]", " ", piece)

    return _COMMA.sub(kept, _COMMENT.sub(kept, text))


def parsed(text: str, name: str) -> tuple[Any, list[str]]:
    """The value of a bare text, and the keys that are given twice. Raises UsageError with file and line."""
    doubled: list[str] = []

    def joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                doubled.append(key)
                value = _both(key, found[key], value)
            found[key] = value
        return found

    if _depth(text) > _DEEPEST:
        raise UsageError(f"{name}:1: arrays and objects are nested deeper than {_DEEPEST} levels")
    try:
        value = json.loads(text, object_pairs_hook=joined, parse_int=_number, parse_constant=_nothing)
    except json.JSONDecodeError as error:
        why = error.msg[0].lower() + error.msg[1:]
        raise UsageError(
            f"{name}:{error.lineno}: this is no JSON: {why} (column {error.colno})",
            hint="correct it there; until then claw cannot know what the file denies",
        ) from None
    return _whole(value), doubled


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


def _depth(text: str) -> int:
    """How deep brackets are nested, at most; those in strings are none."""
    deepest = depth = 0
    for bracket in re.findall(r'"(?:[^"\\\n]|\\.)*"|[\[\]{}]', text):
        depth += (bracket in "[{") - (bracket in "]}")
        deepest = max(deepest, depth)
    return deepest
