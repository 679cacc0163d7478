"""What stands between two lines of `---` at the beginning of a Markdown file.

YAML, but for files that are none: many have a colon in a text without quotes. Those are read line by line.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Collection
from typing import Any, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from claw.errors import ClawError
from claw.execution.files import read_whole
from claw.execution.links import is_inside
from claw.late import pattern

LONGEST = 16 * 1024
"""Characters."""
MOST_BRACKETS = 500
"""Reading YAML takes time that grows with the square of how deep they stand in each other."""
MOST_PARTS = 1_000
"""Of what stands at one key, those counted that are named again and again."""
DEEPEST = 8
Where: TypeAlias = tuple[str | int, ...]
_EDGE = "---"
_BREAK = pattern("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_KEY = pattern(r"([A-Za-z][\w-]*):(?:[ \t]+(.*))?\Z")
_PLAIN = pattern(r"([A-Za-z][\w-]*): +([^\s\[\]{}\"'|>&*!%@`#?,:=<-].*)\Z", re.ASCII)
"""A line whose words YAML takes for a text as they are: those that begin with another sign may be more."""
_ON = ("true", "yes", "on")
_TRUTHS = frozenset(form for one in (*_ON, "false", "no", "off") for form in (one, one.upper(), one.capitalize()))
_ITEM = pattern(r"[ \t]*-[ \t]+(.*)\Z")


class Value(Struct, frozen=True):
    """A text, or a list of them; None: nothing stands there. `nested`: something else does. `line` is the key's.

    `content` is all of it as JSON would have it, but for numbers, which are texts; `lines` has the line of each part of
    it, by the keys and indexes that lead there.
    """

    line: int
    text: str | None = None
    entries: tuple[str, ...] | None = None
    nested: bool = False
    content: Any = None
    lines: dict[Where, int] = field(default_factory=dict)

    def line_of(self, *where: str | int) -> int:
        """The line of the part to which these lead, or of the nearest around it that is there."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, self.line)


class Page(Struct, frozen=True):
    """What the file says of itself, and the text behind that."""

    values: dict[str, Value]
    body: str


class Unreadable(Exception):
    """Why there is nothing to be taken from a file, and on which line."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def bytes_of(path: str, bound: str, largest: int, real: str = "") -> bytes:
    """What the file says, in at most so many bytes; it must lie in the folder `bound`, if there is one. `real` is its
    path without links, if that is known. Raises Unreadable.
    """
    real = real or os.path.realpath(path)
    if bound and not is_inside(real, bound):
        raise Unreadable(1, "it is a link that leads out of the folder")
    try:
        size = os.stat(real).st_size
        if size > largest:
            raise Unreadable(1, f"it has {size} bytes, and {largest} are the most")
        data = read_whole(real).data
    except ClawError as error:
        raise Unreadable(1, error.message.rstrip(".")) from None
    except OSError as error:
        raise Unreadable(1, error.strerror or "it cannot be read") from None
    if len(data) > largest:
        raise Unreadable(1, f"it has {len(data)} bytes, and {largest} are the most")
    return data


def page(text: str, keys: Collection[str]) -> Page:
    """`keys` are those that mean something: no text goes on with one, where it is not certain to be a text.

    Raises Unreadable.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != _EDGE:
        raise Unreadable(1, f"it does not begin with a line {_EDGE}, behind which its name and description stand")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _EDGE), None)
    if end is None:
        raise Unreadable(1, f"no second line {_EDGE} ends what the first one begins")
    head = lines[1:end]
    if (values := _plain_values(head)) is not None:
        return Page(values, "\n".join(lines[end + 1 :]).strip())
    if sum(map(len, head)) > LONGEST:
        raise Unreadable(1, f"more than {LONGEST} characters stand before its second line {_EDGE}")
    return Page(_values(head, keys), "\n".join(lines[end + 1 :]).strip())


def _plain_values(head: list[str]) -> dict[str, Value] | None:
    """What YAML says of lines in which nothing but `key: words` stands, which is what most files have; to import what
    reads YAML and to have it read takes a hundred times as long. None: there is something else in them.
    """
    if sum(map(len, head)) > LONGEST:
        return None
    values: dict[str, Value] = {}
    for number, line in enumerate(head, 2):
        found = _PLAIN.match(line)
        if found is None or found[1] in values or not line.isprintable():
            return None
        text = found[2].rstrip(" \t")
        if ": " in text or " #" in text or text.endswith(":") or text.lower() in ("null", "~"):
            return None
        values[found[1]] = Value(number, text, content=text.lower() in _ON if text in _TRUTHS else text)
    return values


def _values(head: list[str], keys: Collection[str]) -> dict[str, Value]:
    text = "\n".join(head)
    if text.count("[") + text.count("{") > MOST_BRACKETS:
        return _by_line(head, keys, None, None)
    yaml = importlib.import_module("yaml")
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        return _by_line(head, keys, error, yaml)
    except (RecursionError, ValueError):
        raise Unreadable(2, "it is not to be read as YAML") from None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable(2, "before its second line --- stand no lines like `name: …`")
    found: dict[str, Value] = {}
    for key, value in node.value:
        line = key.start_mark.line + 2
        _add(found, key.value if isinstance(key, yaml.ScalarNode) else "?", _value(value, line, yaml))
    return found


def _value(node: Any, line: int, yaml: Any) -> Value:
    reading = _Content(yaml, 2)
    content = reading.of(node, ())
    if isinstance(node, yaml.ScalarNode):
        return Value(line, None if content is None else node.value, content=content)
    entries: list[Any] = node.value if isinstance(node, yaml.SequenceNode) else [None]
    if all(isinstance(entry, yaml.ScalarNode) for entry in entries):
        return Value(line, entries=tuple(entry.value for entry in entries), content=content, lines=reading.lines)
    return Value(line, nested=True, content=content, lines=reading.lines)


class _Content:
    """From YAML to what JSON has; `first` is the file's line of the first of these lines."""

    def __init__(self, yaml: Any, first: int) -> None:
        self._yaml = yaml
        self._first = first
        self.lines: dict[Where, int] = {}

    def of(self, node: Any, where: Where) -> Any:
        """Raises Unreadable."""
        line = self.lines[where] = node.start_mark.line + self._first
        if len(where) > DEEPEST or len(self.lines) > MOST_PARTS:
            raise Unreadable(line, "too much stands in it at one key")
        if isinstance(node, self._yaml.SequenceNode):
            return [self.of(entry, (*where, number)) for number, entry in enumerate(node.value)]
        if isinstance(node, self._yaml.MappingNode):
            return self._object(node, where)
        kind = node.tag.rpartition(":")[2]
        if kind == "null":
            return None
        return node.value.lower() in _ON if kind == "bool" else node.value

    def _object(self, node: Any, where: Where) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + self._first
            if not isinstance(key, self._yaml.ScalarNode):
                raise Unreadable(line, "a key is no text")
            if key.value in found:
                raise Unreadable(line, f"{key.value} is given twice")
            found[key.value] = self.of(value, (*where, key.value))
            self.lines[(*where, key.value)] = line
        return found


def _add(found: dict[str, Value], key: str, value: Value) -> None:
    if key in found:
        raise Unreadable(value.line, f"{key} is given twice")
    found[key] = value


class _Open(Struct):
    """A key whose value may go on in the next line."""

    key: str
    line: int
    words: list[str]
    entries: list[str] = field(default_factory=list)
    block: list[str] = field(default_factory=list)
    """The lines below the key's, as they are."""

    inline: bool = False
    """What stands there begins in the key's own line, so it is a text."""
    odd: tuple[int, str] | None = None
    """The first of those lines that looks like a key which means something, by its number, and the key."""

    def value(self, yaml: Any) -> Value:
        """Raises Unreadable where it may be meant as several."""
        inside = self._inside(yaml)
        if self.odd and not inside:
            line, key = self.odd
            raise Unreadable(
                line, f"blanks before {key} make it a part of {self.key}; take them away, or quote the text"
            )
        return replace(self._plain(), **inside)

    def _inside(self, yaml: Any) -> dict[str, Any]:
        """What the lines below are as YAML by themselves, where they are an object."""
        if yaml is None or not self.block or self.inline:
            return {}
        try:
            node = yaml.compose("\n".join(self.block), yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError, ValueError):
            return {}
        reading = _Content(yaml, self.line + 1)
        return {"content": reading.of(node, ()), "lines": reading.lines} if isinstance(node, yaml.MappingNode) else {}

    def _plain(self) -> Value:
        if self.entries:
            return Value(self.line, entries=tuple(map(_bare, self.entries)), nested=bool(self.words))
        text = " ".join(self.words)
        if text.startswith("[") and text.endswith("]"):
            inner = [entry.strip() for entry in text[1:-1].split(",")]
            return Value(self.line, entries=tuple(_bare(entry) for entry in inner if entry))
        return Value(self.line, _bare(text) or None, nested=text.startswith("{"), content=text or None)


def _by_line(head: list[str], keys: Collection[str], error: Any, yaml: Any) -> dict[str, Value]:
    """The same of lines like `key: value`, and of those below that go on with one."""
    found: dict[str, Value] = {}
    known = {key.lower() for key in keys}
    now: _Open | None = None
    for number, line in enumerate(head, 2):
        if _BREAK.search(line):
            raise Unreadable(number, "a sign in it ends lines for some programs, and not for others")
        if now and not _KEY.match(line):
            now.block.append(line)
        if not line.strip() or line.startswith("#"):
            continue
        if key := _KEY.match(line):
            if now:
                _add(found, now.key, now.value(yaml))
            word = (key[2] or "").strip()
            begun = [] if word in ("", "|", ">", "|-", ">-") else [word]
            now = _Open(key[1], number, begun, inline=bool(begun))
        elif now and not now.words and (item := _ITEM.match(line)):
            now.entries.append(item[1].strip())
        elif now and line[0] in " \t":
            inner = _KEY.match(line.strip())
            if inner and inner[1].lower() in known and not now.odd:
                now.odd = number, inner[1]
            now.words.append(line.strip())
        else:
            mark = getattr(error, "problem_mark", None)
            raise Unreadable(mark.line + 2 if mark else number, "it is not to be read as YAML")
    if now:
        _add(found, now.key, now.value(yaml))
    return found


def _bare(text: str) -> str:
    """Without the quotes around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
