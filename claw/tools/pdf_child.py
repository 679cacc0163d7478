"""A program of its own: reads a PDF from standard input, and says what is on its pages as JSON.

A PDF may hold what unpacks to any size, and what takes any time to read: this process has so much memory and time and
no more, and may write no file. pypdf is Python alone, so that a hostile file can make it fail and nothing else.

Arguments: the first page and the last, counted from 1, and how many pages are shown at most where the first is 0, which
stands for all.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
from typing import Any

from pypdf import PdfReader, PdfWriter

MEMORY = 1 << 30
SECONDS = 20
PAGE = 12_000
"""Characters of the text of one page."""


def main() -> None:
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    first, last, whole = map(int, sys.argv[1:4])
    try:
        said = _read(sys.stdin.buffer.read(), first, last, whole)
    except MemoryError:
        said = {"error": "memory"}
    except Exception as error:  # noqa: BLE001 - whatever a broken file makes of the library is said
        said = {"error": "broken", "why": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(said))


def _read(data: bytes, first: int, last: int, whole: int) -> dict[str, Any]:
    reader = PdfReader(io.BytesIO(data), strict=False)
    encrypted = reader.is_encrypted
    if encrypted and not _opens(reader):
        return {"error": "encrypted"}
    count = len(reader.pages)
    if first == 0 and count > whole:
        return {"pages": count, "texts": []}
    chosen = range(count) if first == 0 else range(first - 1, min(last, count))
    texts = [_text(reader, number) for number in chosen]
    said: dict[str, Any] = {"pages": count, "texts": texts}
    if texts and (encrypted or len(texts) < count):
        writer = PdfWriter()
        for number in chosen:
            writer.add_page(reader.pages[number])
        copy = io.BytesIO()
        writer.write(copy)
        said["pdf"] = base64.b64encode(copy.getvalue()).decode()
    return said


def _opens(reader: PdfReader) -> bool:
    """Whether no password is needed to read it."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # noqa: BLE001 - an encryption that is not known here
        return False


def _text(reader: PdfReader, number: int) -> str:
    try:
        return reader.pages[number].extract_text()[:PAGE]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - one page that cannot be read does not take the others with it
        return ""


if __name__ == "__main__":
    main()
