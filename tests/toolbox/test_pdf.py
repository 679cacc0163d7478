"""A PDF is shown by its pages: as a document, and in words for who takes none; whatever it holds, that ends."""

from __future__ import annotations

import io
import zlib

import pytest
from pypdf import PdfReader, PdfWriter

from claw.events.base import Blob
from claw.events.content import DocumentBlock, ImageBlock, Message, TextBlock, ToolResultBlock
from claw.events.request import DOCUMENTS, IMAGES, Parameters, Request
from claw.providers.results import presented
from claw.tools.pdf import wanted_pages
from tests.toolbox.pictures import jpeg, pdf, scanned
from tests.toolbox.test_media import data_of, read
from tests.toolbox.world import SECRET, World

pytestmark = pytest.mark.anyio

LONG = pdf(*(f"words of page {number}" for number in range(1, 31)))


def texts_of(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


async def test_what_the_pages_say_comes_with_the_document(world: World) -> None:
    (document,) = await read(world, pdf("first words", "second words"), "a.pdf")
    assert isinstance(document, DocumentBlock)
    assert document.text == "[page 1]\nfirst words\n\n[page 2]\nsecond words"


async def test_of_a_long_one_pages_are_asked_for(world: World) -> None:
    (text,) = await read(world, LONG, "a.pdf")
    assert isinstance(text, TextBlock)
    assert "it has 30 pages. Give the ones that you want, as pages='1-20'" in str(text.text)
    document, note = await read(world, LONG, "a.pdf", pages="4-6")
    assert isinstance(document, DocumentBlock)
    assert isinstance(note, TextBlock)
    assert (document.pages, document.title) == (3, "a.pdf")
    assert texts_of(data_of(world, document)) == [f"words of page {number}" for number in (4, 5, 6)]
    assert str(document.text).startswith("[page 4]\nwords of page 4\n\n[page 5]")
    assert note.text == "(Pages 4 to 6 of 30 of a.pdf. To see more, read on with pages='7-26'.)"
    document, note = await read(world, LONG, "a.pdf", pages="9-")
    assert isinstance(document, DocumentBlock)
    assert isinstance(note, TextBlock)
    assert document.pages == 20
    assert str(note.text).startswith("(Pages 9 to 28 of 30 of a.pdf. To see more, read on with pages='29-30'.)")
    (document, note) = await read(world, LONG, "a.pdf", pages="30")
    assert isinstance(note, TextBlock)
    assert note.text == "(Pages 30 to 30 of 30 of a.pdf.)"


async def test_pages_that_are_not_there(world: World) -> None:
    (world.workspace / "a.pdf").write_bytes(LONG)
    world.write("a.txt", "no pages\n")
    for pages, told in (
        ("31", "a.pdf has only 30 pages; page 31 does not exist"),
        ("0", "Write one page as '3', or several as '1-5'"),
        ("5-2", "Write one page as"),
        ("all", "Write one page as"),
        ("1,2", "Write one page as"),
    ):
        assert told in (await world.call("Read", file_path="a.pdf", pages=pages)).error
    assert "a.txt is no PDF" in (await world.call("Read", file_path="a.txt", pages="1")).error
    assert "no pages" in (await world.call("Read", file_path="a.txt", pages=" ")).text
    assert wanted_pages(" 2 - 4 ") == (2, 4)


async def test_one_without_a_password_is_opened_and_another_is_not(world: World) -> None:
    for password in ("", "secret"):
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("hidden words"))))
        writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
        out = io.BytesIO()
        writer.write(out)
        (block,) = await read(world, out.getvalue(), "a.pdf")
        if password:
            assert isinstance(block, TextBlock)
            assert "it is encrypted" in str(block.text)
        else:
            assert isinstance(block, DocumentBlock)
            assert b"/Encrypt" not in data_of(world, block)
            assert texts_of(data_of(world, block)) == ["hidden words"]


def with_stream(packed: bytes, filters: str) -> bytes:
    """A PDF whose two pages are drawn by this stream."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 5 0 R] /Count 2 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        f"<< /Length {len(packed)} /Filter {filters} >>\nstream\n".encode() + packed + b"\nendstream",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
    )
    out, table = b"%PDF-1.5\n", "0000000000 65535 f \n"
    for number, written in enumerate(objects, 1):
        table += f"{len(out):010} 00000 n \n"
        out += f"{number} 0 obj\n".encode() + written + b"\nendobj\n"
    end = f"xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + end.encode()


BOMB = zlib.compress(zlib.compress(b"(x) Tj " * 60_000_000, 9), 9)


@pytest.mark.parametrize(
    "data",
    [
        with_stream(BOMB, "[/FlateDecode /FlateDecode]"),
        with_stream(zlib.compress(b"q " * 5_000_000), "/FlateDecode"),
        b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R 1 0 R] /Count 2000000000 >>\nendobj\n"
        b"trailer\n<< /Root 1 0 R >>\n%%EOF\n",
        b"%PDF-1.7\n" + b"[" * 200_000,
        b"%PDF-1.7\n" + bytes(range(256)) * 400,
    ],
    ids=["a bomb in a bomb", "a page of ten million words", "pages in a circle", "brackets", "noise"],
)
async def test_what_is_made_to_hurt_ends_in_words_or_as_it_is(world: World, data: bytes) -> None:
    blocks = await read(world, data, "a.pdf")
    said = "".join(str(block.text) for block in blocks if isinstance(block, TextBlock | DocumentBlock))
    assert len(said) < 100_000
    assert (await read(world, pdf("after"), "b.pdf"))[0]


async def test_what_it_says_is_masked_and_long_texts_are_kept_apart(world: World) -> None:
    pages = [f"{SECRET} " + " ".join(f"word{number}" for number in range(600))] * 3
    (document,) = await read(world, pdf(*pages), "a.pdf")
    assert isinstance(document, DocumentBlock)
    assert isinstance(document.text, Blob)
    words = world.blobs.get(document.text.digest).decode()
    assert "word599" in words
    assert SECRET not in words


DOTS = "/Width 20 /Height 9 /BitsPerComponent 8 /ColorSpace /Device"
SCANNED = scanned(
    (jpeg(40, 30), "/Width 40 /Height 30 /Filter /DCTDecode"),
    (zlib.compress(bytes(20 * 9)), f"{DOTS}Gray /Filter /FlateDecode"),
    (bytes(3 * 20 * 9), f"{DOTS}RGB"),
    (bytes(3 * 9), "/Width 20 /Height 9 /BitsPerComponent 1 /ColorSpace /DeviceGray"),
    (b"fax", "/Width 20 /Height 9 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode"),
    (bytes(10), f"{DOTS}RGB"),
    (b"x", "/Width 99999999 /Height 99999999 /BitsPerComponent 8 /ColorSpace /DeviceGray"),
    (b"", ""),
)


async def test_pages_that_are_pictures_come_as_such_to_who_sees_and_takes_no_documents(world: World) -> None:
    (document,) = await read(world, SCANNED, "a.pdf")
    assert isinstance(document, DocumentBlock)
    assert [(one.media_type, one.width, one.height) for one in document.pictures] == [
        ("image/jpeg", 40, 30),
        *[("image/png", 20, 9)] * 3,
    ]
    assert data_of(world, document.pictures[0]) == jpeg(40, 30)
    assert all(isinstance(one.data, Blob) for one in document.pictures), "an event does not hold them"
    said = str(document.text).split("\n\n")
    assert [text.endswith("it is a picture, which follows behind the last page.)") for text in said] == (
        [True] * 4 + [False] * 4
    )
    message = Message(role="user", blocks=(ToolResultBlock(id="1", content=(document, TextBlock(text="end"))),))
    for without, documents, kinds in (
        ((), True, ["document", "text"]),
        ((), False, ["text", *["image"] * 4, "text"]),
        ((DOCUMENTS, IMAGES), True, ["text"] * 6),
    ):
        parameters = Parameters(max_tokens=1, without=without)
        request = Request(
            provider="p", api="openai-chat", model="m", parameters=parameters, system=(), tools=(), messages=(message,)
        )
        (shown,) = presented(request, lambda blob: world.blobs.get(blob.digest), documents=documents)
        (result,) = shown.blocks
        assert isinstance(result, ToolResultBlock)
        assert [part.__struct_config__.tag for part in result.content] == kinds


def test_who_takes_no_documents_gets_the_words() -> None:
    words = b"[page 1]\nall of it"
    data = Blob(digest="pdf", size=9)
    for text in ("[page 1]\nall of it", Blob(digest="words", size=len(words))):
        block = DocumentBlock(media_type="application/pdf", data=data, title="a.pdf", pages=1, text=text)
        message = Message(role="user", blocks=(ToolResultBlock(id="1", content=(block,)),))
        for without, documents in (((), False), ((DOCUMENTS,), True), ((), True)):
            parameters = Parameters(max_tokens=1, without=without)
            request = Request(
                provider="p",
                api="openai-chat",
                model="m",
                parameters=parameters,
                system=(),
                tools=(),
                messages=(message,),
            )
            (shown,) = presented(
                request, lambda blob: words if blob.digest == "words" else b"%PDF", documents=documents
            )
            (result,) = shown.blocks
            assert isinstance(result, ToolResultBlock)
            (part,) = result.content
            assert not isinstance(part, ImageBlock)
            if documents and not without:
                assert isinstance(part, DocumentBlock)
            else:
                assert isinstance(part, TextBlock)
                assert str(part.text).endswith("\n[page 1]\nall of it")
                assert str(part.text).startswith("[a.pdf: ")
