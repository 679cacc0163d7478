"""Small images and documents, made here: nobody else's work."""

from __future__ import annotations

import random
import struct
import zlib


def png(width: int = 2, height: int = 1, *, noise: bool = False) -> bytes:
    """Grey, or of pixels that cannot be packed."""
    dice = random.Random(width)
    rows = [dice.randbytes(3 * width) if noise else b"\x80" * 3 * width for _ in range(height)]
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg(width: int, height: int) -> bytes:
    """The head of one: as much as says how large it is."""
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01" + bytes(7)
    tables = b"\xff\xc4" + struct.pack(">H", 5) + bytes(3)
    frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + bytes(3)
    return b"\xff\xd8" + app + tables + frame + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(3) + b";"


def webp(kind: bytes, width: int, height: int) -> bytes:
    """The head of one of the three kinds."""
    match kind:
        case b"VP8X":
            data = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        case b"VP8L":
            data = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
        case _:
            data = bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = kind + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def pdf(*pages: str, packed: bool = False, encrypted: bool = False) -> bytes:
    """Each page with its text. `packed`: the page objects lie in an object stream, as newer programs write them."""
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    objects = {1: "<< /Type /Catalog /Pages 2 0 R >>", 2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"}
    objects[3] = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    streams: dict[int, bytes] = {}
    for number, text in enumerate(pages):
        fonts = "/Resources << /Font << /F 3 0 R >> >>"
        objects[10 + 2 * number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] {fonts} /Contents {11 + 2 * number} 0 R >>"
        )
        streams[11 + 2 * number] = f"BT /F 12 Tf 10 50 Td ({text}) Tj ET".encode()
    out = b"%PDF-1.5\n"
    if packed:
        heads = " ".join(f"{number} 0" for number in objects)
        body = zlib.compress(f"{heads} {' '.join(objects.values())}".encode())
        out += f"4 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length {len(body)} >>\nstream\n".encode() + body
        out += b"\nendstream\nendobj\n"
        objects = {}
    places: dict[int, int] = {}
    for number, value in objects.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n{value}\nendobj\n".encode()
    for number, content in streams.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream\nendobj\n"
    table = "".join(f"{number} 1\n{place:010} 00000 n \n" for number, place in places.items())
    security = "/Encrypt 9 0 R " if encrypted else ""
    trailer = f"xref\n0 1\n0000000000 65535 f \n{table}trailer\n<< /Size 99 /Root 1 0 R {security}>>\n"
    return out + f"{trailer}startxref\n{len(out)}\n%%EOF\n".encode()


def scanned(*images: tuple[bytes, str]) -> bytes:
    """A PDF each of whose pages is one image, given as its data and what its dictionary says of it; empty: a blank."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(images)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(images)} >>".encode()]
    for number, (data, says) in enumerate(images):
        used = f"/Resources << /XObject << /I {4 + 2 * number} 0 R >> >>" if says else ""
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] {used} >>".encode())
        head = f"<< /Type /XObject /Subtype /Image {says} /Length {len(data)} >>\nstream\n"
        objects.append(head.encode() + data + b"\nendstream")
    out, table = b"%PDF-1.5\n", "0000000000 65535 f \n"
    for number, written in enumerate(objects, 1):
        table += f"{len(out):010} 00000 n \n"
        out += f"{number} 0 obj\n".encode() + written + b"\nendobj\n"
    size = len(objects) + 1
    end = f"xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + end.encode()
