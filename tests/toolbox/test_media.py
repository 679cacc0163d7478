"""Read shows images and PDFs, by what they are and not by their names, and says why where it does not."""

from __future__ import annotations

import base64
import zlib

import pytest

from claw.events.base import Blob
from claw.events.content import DocumentBlock, ImageBlock, ResultBlock, TextBlock
from claw.providers.results import MOST_PAGES
from claw.tools.media import LARGEST_IMAGE, LARGEST_PDF, LONGEST_SIDE, pages_of
from tests.toolbox.pictures import gif, jpeg, pdf, png, webp
from tests.toolbox.world import SECRET, World

pytestmark = pytest.mark.anyio


async def read(world: World, data: bytes, name: str = "file", **arguments: int | str) -> tuple[ResultBlock, ...]:
    (world.workspace / name).write_bytes(data)
    result = await world.call("Read", file_path=name, **arguments)
    assert not result.finished.is_error
    return result.finished.content


def data_of(world: World, block: ImageBlock | DocumentBlock) -> bytes:
    return world.blobs.get(block.data.digest) if isinstance(block.data, Blob) else base64.b64decode(block.data)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (png(640, 480), "image/png"),
        (jpeg(640, 480), "image/jpeg"),
        (gif(640, 480), "image/gif"),
        (webp(b"VP8X", 640, 480), "image/webp"),
        (webp(b"VP8L", 640, 480), "image/webp"),
        (webp(b"VP8 ", 640, 480), "image/webp"),
    ],
    ids=["png", "jpeg", "gif", "webp", "webp without loss", "webp with loss"],
)
async def test_an_image_is_shown_whatever_its_name(world: World, data: bytes, media_type: str) -> None:
    for name in ("picture", "picture.txt", "picture.pdf"):
        text, image = await read(world, data, name)
        assert isinstance(text, TextBlock)
        assert "640 x 480 pixels" in str(text.text)
        assert isinstance(image, ImageBlock)
        assert (image.media_type, image.width, image.height) == (media_type, 640, 480)
        assert data_of(world, image) == data


async def test_what_is_short_is_in_the_event_and_the_rest_in_the_blob_store(world: World) -> None:
    _, small = await read(world, png(3, 3))
    _, large = await read(world, png(50, 50, noise=True))
    assert isinstance(small, ImageBlock)
    assert isinstance(small.data, str)
    assert isinstance(large, ImageBlock)
    assert isinstance(large.data, Blob)
    assert large.data.size == len(png(50, 50, noise=True))


@pytest.mark.parametrize("packed", [False, True])
async def test_a_pdf_is_shown_with_its_pages_counted(world: World, packed: bool) -> None:
    data = pdf("one", "two", "three", packed=packed)
    (document,) = await read(world, data, "report.pdf")
    assert isinstance(document, DocumentBlock)
    assert (document.media_type, document.title, document.pages) == ("application/pdf", "report.pdf", 3)
    assert data_of(world, document) == data


async def test_the_lines_of_a_pdf_that_is_text_are_there_for_who_asks_for_lines(world: World) -> None:
    (text,) = await read(world, pdf("one"), "a.pdf", limit=1)
    assert isinstance(text, TextBlock)
    assert str(text.text).startswith("     1\t%PDF-1.5")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png()[:14], "damaged"),
        (jpeg(640, 480)[:20], "damaged"),
        (b"\xff\xd8\xff" + bytes(100), "damaged"),
        (gif(0, 480), "damaged"),
        (b"RIFF\0\0\0\0WEBPsome", "damaged"),
        (png() + bytes(LARGEST_IMAGE), "at most 3.8 MiB"),
        (gif(LONGEST_SIDE + 1, 1), "8001 x 1 pixels"),
        (pdf("secret", encrypted=True), "encrypted"),
        (pdf(*["x"] * (MOST_PAGES + 1)), "101 pages"),
        (b"BM" + bytes(100), "a BMP image of 102 bytes, and not text"),
        (bytes(range(256)), "binary data of 256 bytes, and not text, and is not shown"),
    ],
)
async def test_what_is_not_shown_is_said(world: World, data: bytes, why: str) -> None:
    (text,) = await read(world, data)
    assert isinstance(text, TextBlock)
    assert why in str(text.text)


async def test_a_large_pdf_is_not_shown(world: World) -> None:
    (text,) = await read(world, (pdf("x") + b"%" * LARGEST_PDF)[:LARGEST_PDF])
    assert isinstance(text, DocumentBlock)
    (world.workspace / "more.pdf").write_bytes(b"%PDF-" + bytes(LARGEST_PDF))
    assert "too large" in (await world.call("Read", file_path="more.pdf")).error


def test_counting_pages_ends_whatever_the_file_says() -> None:
    bomb = b"/Type /ObjStm\nstream\n" + zlib.compress(b"/Type /Page " * 10_000_000)
    assert pages_of(b"%PDF-1.5\n" + bomb * 3) < 100_000
    assert pages_of(b"%PDF-1.5\n" + b"/ObjStm stream" * 200_000) == 0
    assert pages_of(b"%PDF-1.5\n/Type/Pages /Type /Page /Type/PageLabel") == 1


async def test_an_image_counts_as_read(world: World) -> None:
    await read(world, png(), "a.png")
    assert not (await world.call("Write", file_path="a.png", content="no picture any more")).finished.is_error


async def test_names_are_masked_and_data_is_not_text(world: World) -> None:
    text, image = await read(world, png(50, 50, noise=True) + SECRET.encode(), f"{SECRET}.png")
    assert SECRET not in str(text)
    assert isinstance(image, ImageBlock)
    assert data_of(world, image).endswith(SECRET.encode())
    (document,) = await read(world, pdf("a"), f"{SECRET}.pdf")
    assert SECRET not in str(document)
