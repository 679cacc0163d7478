"""Values of a JSON text, comments and all, set and taken out where they stand: every other character stays.

A place is what keys and indexes lead to. The index behind the last entry of a list adds one to it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct, field

from claw.errors import UsageError
from claw.late import pattern
from claw.settings import jsonc
from claw.settings.document import Where

_TOKEN = pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class _Node(Struct):
    """A value: `start` and `end` are its own, `begin` is where its key stands, if it has one."""

    start: int
    begin: int
    key: str | int
    opener: str = ""
    end: int = 0
    parts: list[_Node] = field(default_factory=list)


class JsonText:
    """A settings file's text. `plain` is what it says. Raises UsageError for one that cannot be changed with nothing
    lost: what is no JSON object, or has a key twice.
    """

    def __init__(self, text: str, name: str) -> None:
        if not jsonc.bare(_lined(text)).strip():
            text += ("\n" if text and not text.endswith("\n") else "") + "{}\n"
        self.text = text
        self._name = name
        lined = _lined(text)
        self._bare = jsonc.bare(lined)
        self.plain, doubled = jsonc.parsed(self._bare, name)
        if doubled:
            raise UsageError(f"{name} has the key {doubled[0]!r} twice", hint=f"take one of them out of {name}")
        if not isinstance(self.plain, dict):
            raise UsageError(f"{name} is not a settings file: it is no object")
        self._commas = jsonc.without_comments(lined)
        self._comments = jsonc.comments(lined)
        self._root = _tree(self._bare)
        self._newline = "\r\n" if "\r\n" in text else "\n"
        indent = re.search(r"\n([ \t]+)\"", self._bare)
        self._unit = indent[1] if indent else "  "

    def with_value(self, where: Where, value: Any) -> JsonText:
        """The text with this value there; objects on the way are made where they are missing. Raises UsageError."""
        node, left = self._root, list(where)
        while left and (part := _part(node, left[0])):
            node = part
            left.pop(0)
        if not left:
            written = self._written(value, self._margin(node.begin), many=self._in_lines(node))
            return self._changed([(node.start, node.end, written)])
        if node.opener != ("[" if isinstance(left[0], int) else "{"):
            what = "no list" if isinstance(left[0], int) else "no object"
            raise UsageError(f"{self._at(node)} is {what}", hint=f"${{EDITOR:-vi}} {self._name}")
        for key in reversed(left[1:]):
            value = [value] if isinstance(key, int) else {key: value}
        return self._changed(self._added(node, left[0], value))

    def without(self, where: Where) -> JsonText:
        """The text without what stands there, which must be there."""
        node, parent = self._root, self._root
        for key in where:
            part = _part(node, key)
            assert part is not None, f"nothing stands at {where}"
            node, parent = part, node
        return self._changed(self._cut(parent, parent.parts.index(node)))

    def _changed(self, pieces: list[tuple[int, int, str]]) -> JsonText:
        """With these pieces replaced, which are in the order of the text."""
        text = self.text
        for start, end, new in reversed(pieces):
            text = text[:start] + new + text[end:]
        return JsonText(text, self._name)

    def _at(self, node: _Node) -> str:
        return f"{self._name}:{self._bare.count(chr(10), 0, node.start) + 1}: what stands there"

    def _written(self, value: Any, margin: str, *, many: bool) -> str:
        """The value as it stands on a line that begins with the margin, in one line or in as many as it takes."""
        text = json.dumps(value, indent=self._unit if many else None, ensure_ascii=self.text.isascii())
        return text.replace("\n", self._newline + margin)

    def _in_lines(self, node: _Node) -> bool:
        return "\n" in self._bare[node.start : node.end] or (not node.parts and node.opener == "{")

    def _margin(self, position: int) -> str:
        """The blanks that its line begins with."""
        line = self._bare[self._bare.rfind("\n", 0, position) + 1 : position]
        return line[: len(line) - len(line.lstrip())]

    def _added(self, holder: _Node, key: str | int, value: Any) -> list[tuple[int, int, str]]:
        named = f"{json.dumps(key, ensure_ascii=self.text.isascii())}: " if isinstance(key, str) else ""
        many = self._in_lines(holder)
        margin = self._margin(holder.begin)
        if not holder.parts:
            return self._first(holder, named, value, many, margin)
        last = holder.parts[-1]
        own_line = not self._bare[self._bare.rfind("\n", 0, last.begin) + 1 : last.begin].strip()
        inner = self._margin(last.begin) if own_line else margin + self._unit
        text = named + self._written(value, inner, many=many)
        comma = self._commas.find(",", last.end, holder.end)
        behind = comma + 1 if comma >= 0 else last.end
        if not many:
            return [(behind, behind, f"{'' if comma >= 0 else ','} {text}{',' if comma >= 0 else ''}")]
        end = self._end_of_line(behind)
        new = f"{self._newline}{inner}{text}{',' if comma >= 0 else ''}"
        return [(end, end, new)] if comma >= 0 else [(last.end, last.end, ","), (end, end, new)]

    def _first(self, holder: _Node, named: str, value: Any, many: bool, margin: str) -> list[tuple[int, int, str]]:
        """Into what is empty, or holds nothing but comments."""
        close = holder.end - 1
        inner = margin + self._unit
        text = named + self._written(value, inner, many=many)
        if not many:
            return [(close, close, text)]
        if not self.text[holder.start + 1 : close].strip():
            return [(holder.start + 1, close, f"{self._newline}{inner}{text}{self._newline}{margin}")]
        start = self._bare.rfind("\n", 0, close) + 1
        if self.text[start:close].strip():
            return [(close, close, f"{self._newline}{inner}{text}{self._newline}{margin}")]
        return [(start, start, f"{inner}{text}{self._newline}")]

    def _end_of_line(self, position: int) -> int:
        """Where its line ends, with a comment that stands behind it; or the position, if more stands there."""
        end = self._bare.find("\n", position)
        end = len(self.text) if end < 0 else end - (self.text[end - 1 : end + 1] == "\r\n")
        if self._commas[position:end].strip():
            return position
        return position if any(start < end < stop for start, stop in self._comments) else end

    def _cut(self, holder: _Node, index: int) -> list[tuple[int, int, str]]:
        """It and its comma; its lines, where nothing else stands on them."""
        node = holder.parts[index]
        limit = holder.parts[index + 1].begin if index + 1 < len(holder.parts) else holder.end
        comma = self._commas.find(",", node.end, limit)
        before: list[tuple[int, int, str]] = []
        behind: list[tuple[int, int, str]] = []
        end = node.end
        if comma >= 0 and not self.text[node.end : comma].strip():
            end = comma + 1
        elif comma >= 0:
            behind = [(comma, comma + 1, "")]
        elif index:
            other = self._commas.rfind(",", holder.parts[index - 1].end, node.begin)
            before = [(other, other + 1, "")]
        start = node.begin
        first = self.text.rfind("\n", 0, start) + 1
        last = self.text.find("\n", end)
        if last >= 0 and not self.text[first:start].strip() and not self.text[end:last].strip():
            return [*before, (first, last + 1, ""), *behind]
        if index + 1 < len(holder.parts) or not index:
            end += len(self.text[end:]) - len(self.text[end:].lstrip(" \t"))
        else:
            start -= len(self.text[:start]) - len(self.text[:start].rstrip(" \t"))
        return [*before, (start, end, ""), *behind]


def _lined(text: str) -> str:
    """The same, as long, with every line's end as a line feed."""
    return text.replace("\r\n", " \n").replace("\r", "\n")


def _part(node: _Node, key: str | int) -> _Node | None:
    return next((part for part in node.parts if part.key == key and isinstance(key, str) == (node.opener == "{")), None)


def _tree(text: str) -> _Node:
    """The root of a valid JSON text."""
    open_: list[_Node] = []
    root: _Node | None = None
    key: tuple[str, int] | None = None
    for match in _TOKEN.finditer(text):
        token, start = match[0], match.start()
        if token in "}]":
            open_.pop().end = match.end()
        elif token in ",:":
            continue
        elif open_ and open_[-1].opener == "{" and key is None:
            key = (json.loads(token), start)
        else:
            holder = open_[-1] if open_ else None
            named: str | int = key[0] if key else len(holder.parts) if holder else ""
            node = _Node(start, key[1] if key else start, named, token if token in "{[" else "", match.end())
            key = None
            if holder:
                holder.parts.append(node)
            root = root or node
            if node.opener:
                open_.append(node)
    assert root is not None, "a text without a value"
    return root
