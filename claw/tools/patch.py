"""A patch as models of OpenAI's write it: from its text to what it says of each file.

::

    *** Begin Patch
    *** Add File: path
    +line
    *** Delete File: path
    *** Update File: path
    *** Move to: path
    @@ a line above the change
     kept
    -taken out
    +put in
    *** End of File
    *** End Patch

What Codex takes besides is taken here: blanks around the lines with stars, a first hunk without `@@`, an empty line for
an empty line that is kept, the shell's `<<'EOF'` around it all. So are `@@ -1,2 +1,3 @@` with line numbers, and several
`@@` one below the other, each naming a line further in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from claw.errors import ToolError
from claw.late import pattern

BEGIN, END = "*** Begin Patch", "*** End Patch"
_ADD, _DELETE, _UPDATE, _MOVE = "*** Add File: ", "*** Delete File: ", "*** Update File: ", "*** Move to: "
_HEADS = (_ADD, _DELETE, _UPDATE)
_END_OF_FILE = "*** End of File"
_NO_END = "\\ No newline at end of file"

_HEREDOC = pattern(r"""\A(?:[^\n]*\s)?<<-?\s*(['"]?)(\w+)\1[^\n]*\n(.*)\n\s*\2\s*\Z""", re.DOTALL)
_NUMBERS = pattern(r"-\d+(?:,\d+)? \+\d+(?:,\d+)?(?: @@ ?(.*))?\Z")

Sign: TypeAlias = Literal[" ", "-", "+"]


class Hunk(Struct, frozen=True):
    """`above` are lines that come somewhere before, in this order; `lines` those of the change, each with its sign.
    `number` counts the hunks of a file from 1, `at` is the line of the patch where it begins.
    """

    number: int
    at: int
    above: tuple[str, ...]
    lines: tuple[tuple[Sign, str], ...]
    ends_file: bool = False

    @property
    def old(self) -> list[str]:
        return [text for sign, text in self.lines if sign != "+"]


class Add(Struct, frozen=True):
    path: str
    lines: tuple[str, ...]

    @property
    def content(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


class Delete(Struct, frozen=True):
    path: str


class Update(Struct, frozen=True):
    """`to`: its new path; empty: it stays where it is."""

    path: str
    to: str
    hunks: tuple[Hunk, ...]


Step: TypeAlias = Add | Delete | Update


def steps(text: str) -> tuple[Step, ...]:
    """What a patch says, in order. Raises ToolError that names the line of the patch which is none."""
    lines = _Lines(_bare(text).split("\n"))
    lines.take(BEGIN)
    found: list[Step] = []
    while (line := lines.peek()) is not None and line.strip() != END:
        if line.strip():
            found.append(_step(lines))
        else:
            lines.next()
    if line is None:
        raise ToolError(f"The patch has no last line {END!r}: it seems to be cut off.")
    lines.next()
    rest = [line for line in lines.rest if line.strip()]
    if rest:
        raise ToolError(f"There is text behind {END!r}: {rest[0][:80]!r}. Put all files into one patch.")
    if not found:
        raise ToolError("The patch changes no file.")
    return tuple(found)


def paths(text: str) -> tuple[str, ...]:
    """Every path that a patch names, as given, each once. Raises ToolError."""
    named = (path for step in steps(text) for path in (step.path, step.to if isinstance(step, Update) else "") if path)
    return tuple(dict.fromkeys(named))


# --- for people ------------------------------------------------------------------------------------------------------


def summary(text: str) -> list[str]:
    """What it does to each file, in a word and its path; the patch itself where it is none."""
    try:
        found = steps(text)
    except ToolError:
        return [text.strip()]
    return [_in_words(step) for step in found]


def _in_words(step: Step) -> str:
    match step:
        case Add():
            return f"add {step.path}"
        case Delete():
            return f"delete {step.path}"
        case Update():
            return f"move {step.path} to {step.to}" if step.to else step.path


def lines_of(text: str) -> Iterator[tuple[str, str]]:
    """Each line as its sign and its text: `+`, `-` and blank of a file's lines, `*` the head of a file, `@` where a
    hunk begins; nothing of what is no patch.
    """
    try:
        found = steps(text)
    except ToolError:
        return
    for step in found:
        match step:
            case Add():
                yield "*", f"{_ADD}{step.path}"
                yield from (("+", line) for line in step.lines)
            case Delete():
                yield "*", f"{_DELETE}{step.path}"
            case Update():
                yield "*", f"{_UPDATE}{step.path}" + (f"  ({_MOVE}{step.to})" if step.to else "")
                for hunk in step.hunks:
                    yield "@", " ".join(f"@@ {above}" for above in hunk.above) or "@@"
                    yield from hunk.lines


def _bare(text: str) -> str:
    """Without the shell's words around it, as in `apply_patch <<'EOF'`."""
    text = text.replace("\r\n", "\n").strip("\n")
    if not text.lstrip().startswith(BEGIN):
        wrapped = _HEREDOC.search(text.strip())
        text = wrapped[3] if wrapped else text
    return text.strip("\n")


class _Lines:
    """The lines of a patch, one after the other, counted from 1."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.at = 1

    def peek(self) -> str | None:
        return self._lines[self.at - 1] if self.at <= len(self._lines) else None

    def next(self) -> str:
        line = self._lines[self.at - 1]
        self.at += 1
        return line

    def take(self, wanted: str) -> None:
        line = self.peek()
        if line is None or line.strip() != wanted:
            raise ToolError(f"The first line of the patch is not {wanted!r} but {(line or '')[:80]!r}.")
        self.next()

    def is_head(self) -> bool:
        """Whether what comes next is no line of a file's: the next file, or the patch's end."""
        line = self.peek()
        return line is None or line.strip() == END or line.lstrip().startswith(tuple(head.rstrip() for head in _HEADS))

    @property
    def rest(self) -> list[str]:
        return self._lines[self.at - 1 :]


def _step(lines: _Lines) -> Step:
    at, line = lines.at, lines.next().strip()
    head = next((head for head in _HEADS if line.startswith(head.rstrip())), None)
    if head is None:
        raise ToolError(
            f"Line {at} of the patch begins no file: {line[:80]!r}. A file begins with {_ADD!r}, {_DELETE!r} or "
            f"{_UPDATE!r} and its path; each line of a new file begins with '+'."
        )
    path = line[len(head.rstrip()) :].strip()
    if not path:
        raise ToolError(f"Line {at} of the patch names no path.")
    if head == _ADD:
        return Add(path, tuple(_added(lines)))
    return Delete(path) if head == _DELETE else _update(lines, path, at)


def _added(lines: _Lines) -> Iterator[str]:
    while not lines.is_head():
        line = lines.peek()
        assert line is not None
        if not line.startswith("+"):
            if line.strip():
                return  # which begins no file, as the caller will say
            lines.next()
            continue
        yield lines.next()[1:]


def _update(lines: _Lines, path: str, at: int) -> Update:
    to = ""
    line = lines.peek()
    if line is not None and line.strip().startswith(_MOVE.rstrip()):
        to = lines.next().strip()[len(_MOVE.rstrip()) :].strip()
    hunks: list[Hunk] = []
    while not lines.is_head():
        line = lines.peek()
        assert line is not None
        if not line.strip() and not hunks and _only_blank(lines):
            lines.next()
            continue
        hunks.append(_hunk(lines, path, len(hunks) + 1))
    if not hunks and not to:
        raise ToolError(f"Line {at} of the patch updates {path}, and no line below says how.")
    return Update(path, to, tuple(hunks))


def _only_blank(lines: _Lines) -> bool:
    """Whether no line of a change comes before the next file."""
    for line in lines.rest:
        if line.startswith("*** "):
            return True
        if line.strip():
            return line.startswith("@@")
    return True


def _hunk(lines: _Lines, path: str, number: int) -> Hunk:
    at = lines.at
    above: list[str] = []
    while (line := lines.peek()) is not None and line.startswith("@@"):
        given = lines.next()[2:].strip(" ")
        numbers = _NUMBERS.match(given)
        context = (numbers[1] or "") if numbers else given.removesuffix(" @@")
        if context.strip() and context != "@@":
            above.append(context)
    found: list[tuple[Sign, str]] = []
    ends = False
    while not lines.is_head() and (line := lines.peek()) is not None and not line.startswith("@@"):
        if line.strip() == _END_OF_FILE:
            lines.next()
            ends = True
            break
        if line == _NO_END:
            lines.next()
            continue
        if line and line[0] not in " -+":
            raise ToolError(
                f"Line {lines.at} of the patch, in hunk {number} of {path}, begins with neither ' ', '-' nor '+': "
                f"{line[:80]!r}. Each line of a hunk has one of them in front of it."
            )
        lines.next()
        found.append((line[0], line[1:]) if line else (" ", ""))  # type: ignore[arg-type]
    while len(found) > 1 and found[-1] == (" ", "") and lines.is_head():
        found.pop()  # blank lines between two files
    if not found or (all(sign == " " for sign, _ in found) and not ends and not above):
        raise ToolError(f"Hunk {number} of {path}, at line {at} of the patch, changes nothing.")
    return Hunk(number, at, tuple(above), tuple(found), ends)
