"""Read: a text file as numbered lines, an image or a PDF as it is, a notebook by its cells."""

from __future__ import annotations

import os
from threading import Event
from typing import Any

from msgspec import Struct

from claw import _native
from claw.errors import ToolError
from claw.events.content import ResultBlock
from claw.execution.context import Facts, ToolContext
from claw.execution.files import WHOLE_LIMIT, opened, read_whole
from claw.execution.masking import masked
from claw.execution.paths import judged, shown
from claw.execution.threads import LONGEST, within
from claw.late import load
from claw.tools.arguments import parsed
from claw.tools.base import Outcome, Report
from claw.tools.media import is_pdf, kind_of_bytes, shown_media
from claw.tools.read import ReadArguments
from claw.tools.text import STAND_IN, Text, decoded, lines_of, numbered

LINES = 2000
"""Lines shown unless the model asks for another number."""
SHOWN_LIMIT = 256 * 1024
"""Bytes of text in one result, where the model's window has room for them."""
NOTE_ROOM = 500
"""Bytes kept for what is said about the text."""


NOTEBOOK = ".ipynb"

_NO_TEXT = "not text, and is not shown"


async def run(arguments: dict[str, Any], facts: Facts, context: ToolContext, report: Report) -> Outcome:
    wanted = parsed("Read", ReadArguments, arguments)
    stop = Event()
    try:
        seen = await within(LONGEST, lambda: _read(wanted, facts, context, stop), stop.set)
    except TimeoutError:
        raise ToolError(
            f"Line {wanted.offset} was not come to in {LONGEST} s. Look for what you want with Grep, or use Bash."
        ) from None
    if seen.digest:
        context.read[facts.agent, seen.path] = seen.digest
    return Outcome(seen.content)


class _Seen(Struct, frozen=True):
    """`digest` of the file at `path`, which counts as read by it."""

    content: str | tuple[ResultBlock, ...]
    path: str = ""
    digest: str = ""


def _read(wanted: ReadArguments, facts: Facts, context: ToolContext, stop: Event) -> _Seen:
    path = judged(facts.paths[0], context)
    room = SHOWN_LIMIT if facts.room is None else min(SHOWN_LIMIT, facts.room - NOTE_ROOM)
    name = shown(path, context)
    first, count = wanted.offset or 1, wanted.limit or LINES
    in_lines = wanted.offset is not None or wanted.limit is not None
    try:
        with opened(path) as (_, state):
            size = state.st_size
        if size > WHOLE_LIMIT and not in_lines and _begins(path, b"%PDF-"):
            raise ToolError(
                f"{name} is a PDF document of {size / 2**20:.0f} MiB, too large to show. Take some of its pages with a "
                "command, such as qpdf, and read those."
            )
        if size > WHOLE_LIMIT:
            return _Seen(_part_of_huge(wanted, path, name, size, room, context, stop))
        data = read_whole(path).data
    except FileNotFoundError:
        raise ToolError(f"{name} does not exist.{similar(path, context)}") from None
    except IsADirectoryError:
        raise ToolError(f"{name} is a folder. List it with Glob, or with ls in Bash.") from None
    except OSError as error:
        raise ToolError(f"{name} cannot be read: {error.strerror}.") from None
    if not data:
        return _Seen(f"({name} is empty.)", path, _native.blake3(data))
    text = decoded(data)
    # Some models fill in every field.
    pages = (wanted.pages or "").strip() or None
    media = None if text is not None and in_lines else _media(data, text, name, pages, facts.room)
    if isinstance(media, tuple):
        return _Seen(media, path, _native.blake3(data))
    if text is None or (media is not None and not path.endswith(NOTEBOOK)):
        return _Seen(f"({name} is {kind_of_bytes(data)} of {len(data)} bytes, and {media or _NO_TEXT}.)")
    if not text.text:
        return _Seen(f"({name} is empty but for its byte order mark.)", path, _native.blake3(data))
    content = _window(lines_of(masked(text.shown, context)), first, count, name, room)
    broken = f"\n\n({name} {media}; these are its lines.)" if media else ""
    return _Seen(content + _remarks(text) + broken, path, _native.blake3(data))


def _media(
    data: bytes, text: Text | None, name: str, pages: str | None, room: int | None
) -> tuple[ResultBlock, ...] | str | None:
    """What is more than lines, as blocks for a model, or in words why it is not shown; None: it is lines alone. Raises
    ToolError for pages of what has none.
    """
    if is_pdf(data):
        blocks: tuple[ResultBlock, ...] | str = load("claw.tools.pdf", "shown_pdf")(data, name, pages, room)
        return blocks
    if pages is not None:
        raise ToolError(f"{name} is no PDF, and only those have pages. Give offset and limit for lines.")
    if text is not None and name.endswith(NOTEBOOK):
        most = SHOWN_LIMIT if room is None else min(SHOWN_LIMIT, room - NOTE_ROOM)
        cells: tuple[ResultBlock, ...] | str = load("claw.tools.notebook_view", "shown_notebook")(text.text, name, most)
        return cells
    return shown_media(data, name)


def _begins(path: str, sign: bytes) -> bool:
    with opened(path) as (descriptor, _):
        return os.read(descriptor, len(sign)) == sign


def _window(lines: list[str], first: int, count: int, name: str, room: int) -> str:
    """Lines `first`.. as the model gets them, with a note on what is not shown."""
    if first > len(lines):
        raise ToolError(f"{name} has only {len(lines)} lines; line {first} does not exist.")
    chosen = _fitting(lines[first - 1 : first - 1 + count], room)
    last = first - 1 + len(chosen)
    note = ""
    if last < len(lines):
        note = f"\n\n(Lines {first} to {last} of {len(lines)}. To see more, read on with offset={last + 1}.)"
    return numbered(chosen, first) + note


def _fitting(lines: list[str], room: int) -> list[str]:
    """As many of the lines as fit into so many bytes; at least one."""
    for index, line in enumerate(lines):
        room -= len(numbered([line], 1).encode()) + 8
        if room < 0:
            return lines[: max(index, 1)]
    return lines


def _part_of_huge(
    wanted: ReadArguments, path: str, name: str, size: int, room: int, context: ToolContext, stop: Event
) -> str:
    """Some lines of a file that is too large to be held; it does not count as read. Ends early once `stop` is set."""
    if wanted.offset is None and wanted.limit is None:
        raise ToolError(
            f"{name} is {size / 2**20:.0f} MiB, too large to show. Give offset and limit, or search it with Grep."
        )
    first, count = wanted.offset or 1, wanted.limit or LINES
    lines: list[str] = []
    held = 4 * SHOWN_LIMIT
    with opened(path) as (descriptor, _), open(descriptor, "rb", closefd=False) as file:
        for number in range(1, first + count):
            line = _one_line(file, stop)
            if line is None or held < 0:
                break
            if "\0" in line:
                return f"({name} is binary data of {size} bytes, not text, and is not shown.)"
            if number >= first:
                lines.append(line)
                held -= len(line)
    if not lines:
        raise ToolError(f"{name} has no line {first}.")
    chosen = _fitting(lines_of(masked("\n".join(lines) + "\n", context)), room)
    note = f"\n\n(Part of {name}, {size} bytes. To see more, read on with offset={first + len(chosen)}.)"
    return numbered(chosen, first) + note


def _one_line(file: Any, stop: Event) -> str | None:
    """The next line, of which at most 64 KiB are kept; None at the end of the file, and once `stop` is set."""
    kept: bytes = file.readline(64 * 1024)
    if not kept or stop.is_set():
        return None
    rest = kept
    while rest and not rest.endswith(b"\n") and b"\0" not in rest and not stop.is_set():
        rest = file.readline(64 * 1024)
    return kept.decode("utf-8", "replace").rstrip("\n")


def _remarks(text: Text) -> str:
    if not text.whole:
        return f"\n\n(Bytes that are not UTF-8 are shown as {STAND_IN}; Edit keeps them, if what it replaces has none.)"
    if text.encoding != "utf-8":
        return f"\n\n(The file is encoded in {text.encoding}, and stays so when it is changed.)"
    return ""


def similar(path: str, context: ToolContext) -> str:
    """A sentence that names what the missing file could have been, or nothing."""
    folder, name = os.path.split(path)
    try:
        names = sorted(os.listdir(folder))[:5000]
    except OSError:
        return ""
    found = load("difflib", "get_close_matches")(name, names, n=3, cutoff=0.6)
    stem = os.path.splitext(name)[0]
    found += [other for other in names if os.path.splitext(other)[0] == stem and other not in found][:2]
    if not found:
        return ""
    return f" Did you mean {' or '.join(shown(os.path.join(folder, other), context) for other in found)}?"
