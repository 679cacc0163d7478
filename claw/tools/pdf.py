"""PDFs as models are shown them: the document, or some of its pages, and what they say in words.

A program of its own takes them apart (`pdf_child`), since what a PDF unpacks to is bounded by nothing in it.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Container
from typing import Any

import msgspec
from msgspec import Struct

from claw.errors import ToolError
from claw.events.content import DocumentBlock, ImageBlock, ResultBlock, TextBlock
from claw.events.results import BYTES_PER_TOKEN, TOKENS_OF_PAGE
from claw.late import pattern
from claw.tools.media import LARGEST_PDF, pages_of, shown_media

UNASKED = 10
"""Pages that are shown where nobody says which, as in Claude Code."""
AT_ONCE = 20
"""Pages that are shown at most."""
NOTE_ROOM = 500
"""Bytes kept for what is said about the pages."""
PATIENCE = 60
"""Seconds that reading one may take; of the processor it gets fewer (`pdf_child.SECONDS`)."""

_CHILD = os.path.join(os.path.dirname(__file__), "pdf_child.py")
_PAGES = pattern(r"\s*(\d{1,6})\s*(?:(-)\s*(\d{1,6})?\s*)?")

_ENCRYPTED = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")


class _Read(Struct, frozen=True):
    """What the program says: how many pages there are, the texts of those that were asked for, and a PDF of them, where
    they are not all. Or why not. `pictures` are images on those without words, in base64, by their places among them.
    """

    pages: int = 0
    texts: list[str] = []
    pictures: dict[int, str] = {}
    pdf: str = ""
    error: str = ""
    why: str = ""


def shown_pdf(
    data: bytes, name: str, pages: str | None, room: int | None, *, further: str = ""
) -> tuple[ResultBlock, ...] | str:
    """Blocks for a model with room for so many bytes (None: enough), or in words why it is not shown. `further`: how to
    see more than these pages; empty: with `pages`. Raises ToolError for pages that it does not have.
    """
    fitting = AT_ONCE if room is None else (room - NOTE_ROOM) // (TOKENS_OF_PAGE * BYTES_PER_TOKEN)
    most = max(1, min(AT_ONCE, fitting))
    first, last = wanted_pages(pages) if pages is not None else (0, 0)
    read = _parts(data, first, min(last, first + most - 1), min(UNASKED, most))
    if read.error:
        return _not_read(read, data, name, pages)
    if first > read.pages:
        raise ToolError(f"{name} has only {read.pages} page{'s' * (read.pages != 1)}; page {first} does not exist.")
    if not read.texts:
        several = f"1-{min(most, read.pages)}"
        return (
            f"is not shown as a whole: it has {read.pages} pages. Give the ones that you want, as pages={several!r}; "
            f"at most {most} at once"
        )
    part = base64.b64decode(read.pdf) if read.pdf else data
    if len(part) > LARGEST_PDF:
        return f"is not shown: these pages take more than {LARGEST_PDF >> 20} MiB. Give fewer of them with pages"
    first = first or 1
    pictures = _pictures(read)
    document = DocumentBlock(
        media_type="application/pdf",
        data=base64.b64encode(part).decode(),
        title=name.rsplit("/", 1)[-1],
        pages=len(read.texts),
        text=_in_words(read.texts, first, pictures),
        pictures=tuple(pictures.values()),
    )
    end = first + len(read.texts) - 1
    if len(read.texts) == read.pages:
        return (document,)
    to = min(end + most, read.pages)
    following = f"{end + 1}-{to}" if to > end + 1 else str(to)
    more = f" {further or f'To see more, read on with pages={following!r}.'}" if end < read.pages else ""
    return document, TextBlock(text=f"(Pages {first} to {end} of {read.pages} of {name}.{more})")


def wanted_pages(pages: str) -> tuple[int, int]:
    """The first and the last page of `3`, `1-5` or `10-`. Raises ToolError."""
    found = _PAGES.fullmatch(pages)
    first = int(found[1]) if found else 0
    last = int(found[3] or first + AT_ONCE - 1) if found and found[2] else first
    if not 1 <= first <= last:
        raise ToolError(f"pages is {pages!r}. Write one page as '3', or several as '1-5'; the first page is 1.")
    return first, last


def _parts(data: bytes, first: int, last: int, whole: int) -> _Read:
    command = [sys.executable, "-I", _CHILD, str(first), str(last), str(whole)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, env={}, timeout=PATIENCE, check=False)
        return msgspec.json.decode(done.stdout, type=_Read)
    except subprocess.TimeoutExpired:
        return _Read(error="time")
    except msgspec.MsgspecError:
        # It was killed at its limits, which leaves no words.
        return _Read(error="time")
    except OSError as error:
        return _Read(error="broken", why=str(error.strerror))


def _not_read(read: _Read, data: bytes, name: str, pages: str | None) -> tuple[ResultBlock, ...] | str:
    if read.error == "encrypted" or _ENCRYPTED.search(data):
        return "is not shown: it is encrypted. Decrypt it with a command, such as qpdf, and read the copy"
    if read.error in ("time", "memory"):
        return "is not shown: to read it takes more time or memory than any file may take. It may be made to do that"
    counted = pages_of(data)
    if pages is None and 0 < counted <= UNASKED:
        # Who takes PDFs may read what is damaged for us.
        encoded: Any = base64.b64encode(data).decode()
        title = name.rsplit("/", 1)[-1]
        return (DocumentBlock(media_type="application/pdf", data=encoded, title=title, pages=counted),)
    return f"is not shown: it is damaged ({read.why})"


def _pictures(read: _Read) -> dict[int, ImageBlock]:
    """Those that a model can be shown, by the places of their pages."""
    found: dict[int, ImageBlock] = {}
    for place, data in sorted(read.pictures.items()):
        shown = shown_media(base64.b64decode(data), "")
        for block in shown if isinstance(shown, tuple) else ():
            if isinstance(block, ImageBlock):
                found[place] = block
    return found


def _in_words(texts: list[str], first: int, pictures: Container[int]) -> str:
    silent = {True: "it is a picture, which follows behind the last page", False: "it may be a picture"}
    said = (
        text.strip() or f"(There is no text on this page; {silent[place in pictures]}.)"
        for place, text in enumerate(texts)
    )
    words = "\n\n".join(f"[page {number}]\n{text}" for number, text in enumerate(said, first))
    return words.encode("utf-8", "replace").decode()
