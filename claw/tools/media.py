"""What a file that is no text is, by its bytes and not by its name; and what of it a model can be shown."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterator

from claw.events.content import ImageBlock, ResultBlock, TextBlock

LARGEST_IMAGE = 5 * 2**20 * 3 // 4
"""Bytes; in base64 5 MiB, which is what Anthropic takes for one image. OpenAI takes more."""
LONGEST_SIDE = 8_000
"""Pixels, as Anthropic takes them."""
LARGEST_PDF = 10 * 2**20

_SHOWN = {
    "a PNG image": "image/png",
    "a JPEG image": "image/jpeg",
    "a GIF image": "image/gif",
    "a WebP image": "image/webp",
}
_PDF = b"%PDF-"

_SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (_PDF, "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or a document made of one)"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\x7fELF", "an ELF program or library"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x00asm", "a WebAssembly module"),
    (b"OggS", "Ogg audio or video"),
    (b"ID3", "MP3 audio"),
)


def kind_of_bytes(data: bytes) -> str:
    """A short name with its article, "binary data" where the bytes say nothing."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP image"
    if data[4:8] == b"ftyp":
        return "an MP4 or HEIF file"
    return next((name for sign, name in _SIGNS if data.startswith(sign)), "binary data")


def shown_media(data: bytes, name: str) -> tuple[ResultBlock, ...] | str | None:
    """An image as blocks for a model, or in words why it is not shown; None: it is none."""
    kind = kind_of_bytes(data)
    return _image(data, kind, name) if kind in _SHOWN else None


def is_pdf(data: bytes) -> bool:
    return data.startswith(_PDF)


def _image(data: bytes, kind: str, name: str) -> tuple[ResultBlock, ...] | str:
    width, height = _size(data, kind)
    if not width or not height:
        return "is not shown: it is damaged, and does not say how large it is"
    if len(data) > LARGEST_IMAGE or max(width, height) > LONGEST_SIDE:
        return (
            f"is not shown: it has {width} x {height} pixels, and a model is shown at most "
            f"{LARGEST_IMAGE / 2**20:.1f} MiB and {LONGEST_SIDE} pixels a side. Make a smaller copy, and read that"
        )
    block = ImageBlock(media_type=_SHOWN[kind], data=_encoded(data), width=width, height=height)
    return TextBlock(text=f"{name} is {kind} of {width} x {height} pixels."), block


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


# --- how large -------------------------------------------------------------------------------------------------------


def _size(data: bytes, kind: str) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) where the file does not say."""
    try:
        match kind:
            case "a PNG image":
                return struct.unpack(">II", data[16:24]) if data[12:16] == b"IHDR" else (0, 0)
            case "a GIF image":
                return struct.unpack("<HH", data[6:10])
            case "a WebP image":
                return _size_of_webp(data)
            case _:
                return _size_of_jpeg(data)
    except struct.error:
        return 0, 0


def _size_of_webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            (bits,) = struct.unpack("<I", data[21:25])
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def _size_of_jpeg(data: bytes) -> tuple[int, int]:
    """From the segment that begins a frame."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return 0, 0


_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_PACKED = re.compile(rb"/ObjStm\b")
_MOST_STREAMS, _MOST_UNPACKED = 500, 2**18


def pages_of(data: bytes) -> int:
    """How many pages a PDF has, counted without reading it as one: also in packed objects, as far as they are short. 0
    where none is found.
    """
    return len(_PAGE.findall(data)) + sum(len(_PAGE.findall(unpacked)) for unpacked in _unpacked(data))


def _unpacked(data: bytes) -> Iterator[bytes]:
    for number, found in enumerate(_PACKED.finditer(data)):
        begin = data.find(b"stream", found.end(), found.end() + 1024)
        if number == _MOST_STREAMS or begin < 0:
            return
        packed = data[begin + len(b"stream") : begin + _MOST_UNPACKED].lstrip(b"\r\n")
        try:
            yield zlib.decompressobj().decompress(packed, _MOST_UNPACKED)
        except zlib.error:
            continue
