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
import struct
import sys
import zlib
from typing import Any

from pypdf import PdfReader, PdfWriter

MEMORY = 1 << 30
SECONDS = 20
PICTURES = 8 << 20
"""Bytes of all pictures of pages without words."""
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
    said: dict[str, Any] = {"pages": count, "texts": texts, "pictures": _pictures(reader, chosen, texts)}
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


def _pictures(reader: PdfReader, chosen: range, texts: list[str]) -> dict[int, str]:
    """The largest image of each page without words, as it lies in the file: what a scanner has made."""
    found: dict[int, str] = {}
    room = PICTURES
    for place, number in enumerate(chosen):
        image = b"" if texts[place].strip() else _largest(reader, number)
        if image and len(image) <= room:
            room -= len(image)
            found[place] = base64.b64encode(image).decode()
    return found


def _largest(reader: PdfReader, number: int) -> bytes:
    try:
        page: Any = reader.pages[number]
        objects = page["/Resources"]["/XObject"].get_object()
        images = [one for name in objects if (one := objects[name].get_object()).get("/Subtype") == "/Image"]
        image = max(images, key=lambda one: int(one["/Width"]) * int(one["/Height"]))
        return _as_file(image)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a page without a picture that can be read, or a broken one
        return b""


def _as_file(image: Any) -> bytes:
    """A JPEG as it is; gray and coloured dots as a PNG. Nothing of other kinds."""
    filters = image.get("/Filter", [])
    names = [str(name) for name in (filters if isinstance(filters, list) else [filters])]
    data = bytes(image.get_data())
    if names and names[-1] == "/DCTDecode":
        return data
    width, height, bits = (int(image[name]) for name in ("/Width", "/Height", "/BitsPerComponent"))
    kind = {"/DeviceGray": (0, 1), "/DeviceRGB": (2, 3)}.get(str(image.get("/ColorSpace")))
    if any(name != "/FlateDecode" for name in names) or kind is None or bits not in (1, 8) or bits == 1 != kind[1]:
        return b""
    length = (width * bits * kind[1] + 7) // 8
    if len(data) < length * height:
        return b""
    rows = b"".join(b"\0" + data[at : at + length] for at in range(0, length * height, length))
    head = struct.pack(">IIBBBBB", width, height, bits, kind[0], 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


if __name__ == "__main__":
    main()
