"""WebFetch against servers on this machine that answer well, badly, too much and not at all."""

from __future__ import annotations

import asyncio
import threading
import zlib
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import brotli
import pytest

from claw.events.base import Event
from claw.events.content import DocumentBlock, TextBlock
from claw.events.tool import ToolInterrupted
from claw.tools.acts.web_fetch import MOST_READ, MOST_TEXT
from tests.providers.authority import Authority
from tests.providers.proxies import Proxy
from tests.toolbox.pictures import pdf
from tests.toolbox.web_server import Answer, endless, page, redirect, web
from tests.toolbox.world import SECRET, World

pytestmark = pytest.mark.anyio

ZSTD_BOMB = b"\x28\xb5\x2f\xfd\x00\x58" + 800 * b"\x02\x00\x10x" + b"\x01\x00\x00"
"""100 MB of x in blocks that repeat one byte (RFC 8878)."""


def gzipped(piece: bytes, count: int) -> bytes:
    squeeze = zlib.compressobj(9, wbits=31)
    return b"".join([*(squeeze.compress(piece) for _ in range(count)), squeeze.flush()])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (page("<h2>é</h2>"), "## é"),
        (page(b"<p>\xe9", "text/html; charset=latin1"), "é"),
        (page(b"<meta charset=windows-1251><p>\xc6", "text/html"), "Ж"),
        (page(b"\xef\xbb\xbf<p>\xc3\xa9", "text/html; charset=latin1"), "é"),
        (page('{"a": [1]}', "application/json"), '{"a": [1]}'),
        (page("# Title\n\n<b>", "text/markdown"), "# Title\n\n<b>"),
        (page(gzipped(b"<p>small</p>", 1), content_encoding="gzip"), "small"),
        (page(""), "(The page holds no text.)"),
        (page(f"<p>{SECRET}</p>"), "secret:TEST_API_KEY\u203a"),
    ],
)
async def test_what_is_text_is_given_as_text(world: World, answer: Answer, expected: str) -> None:
    with web({"/": answer}) as served:
        told = (await world.call("WebFetch", url=served.url, prompt="x")).text
    assert told.startswith(f"{served.url}/\n"), told
    assert told.endswith(expected), told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            page(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(100), "application/pdf"),
            ["is a PDF document (115 bytes)", "it is damaged"],
        ),
        (page(b"\x89PNG\r\n\x1a\n" + bytes(10), "image/png"), ["is no text (image/png, 18 bytes)"]),
        (page(b"\x7fELF" + bytes(100), "text/html"), ["is no text (text/html, 104 bytes)"]),
        (page("<h1>Gone</h1>" + "<p>x</p>" * 5000, status=410), ["HTTP 410", "# Gone"]),
        (page("", status=500), ["HTTP 500"]),
        (page("x", status=302), ["HTTP 302"]),
        (redirect("/"), ["redirects in a circle"]),
    ],
)
async def test_what_is_none_is_said_plainly(world: World, answer: Answer, words: list[str]) -> None:
    with web({"/": answer}) as served:
        told = (await world.call("WebFetch", url=served.url)).error
    assert [word for word in words if word not in told] == [], told
    assert len(told) < 3000


async def test_a_pdf_is_shown_as_read_shows_a_file(world: World) -> None:
    """Its first pages, as a document and in words, which are masked."""
    long = pdf(*(f"words of page {number} {SECRET}" for number in range(1, 31)))
    answers = {"/a/short.pdf": page(pdf("all of it"), "application/pdf"), "/": page(long, "application/octet-stream")}
    with web(answers) as served:
        short = (await world.call("WebFetch", url=f"{served.url}/a/short.pdf")).finished.content
        address, document, note = (await world.call("WebFetch", url=served.url)).finished.content
    assert [str(block.text) for block in short if isinstance(block, TextBlock)] == [f"{served.url}/a/short.pdf"]
    assert isinstance(short[1], DocumentBlock)
    assert (short[1].title, short[1].pages, short[1].text) == ("short.pdf", 1, "[page 1]\nall of it")
    assert isinstance(address, TextBlock)
    assert isinstance(document, DocumentBlock)
    assert isinstance(note, TextBlock)
    assert (document.title, document.pages) == ("the document", 20)
    assert "[page 20]\nwords of page 20" in str(document.text)
    assert SECRET not in str(document.text)
    assert "(Pages 1 to 20 of 30 of the document. A command such as curl" in str(note.text)


@pytest.mark.parametrize(
    "to",
    [
        "https://other.example/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "//[::1]/",
        "file:///etc/passwd",
        "https://user:word@localhost/",
        "https://localhost/",
    ],
)
async def test_a_redirect_elsewhere_is_told_and_not_followed(world: World, to: str) -> None:
    with web({"/": redirect(to)}) as served:
        told = (await world.call("WebFetch", url=served.url)).text
    assert "REDIRECT" in told
    assert to.strip("/") in told
    assert "HTTP 302" in told
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"<p>word</p>" * 10_000),
        endless(b"word " * 10_000, "text/plain"),
        endless(b"<div>" * 10_000),
        endless(b" " * 10_000, "text/plain"),
        page(gzipped(b"<p>word</p>" * 100_000, 100), content_encoding="gzip"),
        page(brotli.compress(b"<p>word</p>" * 2_000_000), content_encoding="br"),
        page(ZSTD_BOMB, "text/plain", content_encoding="zstd"),
    ],
)
async def test_a_page_of_100_mb_is_read_to_its_bound(world: World, answer: Answer) -> None:
    with web({"/": answer}) as served:
        told = (await world.call("WebFetch", url=served.url)).text
    assert len(told) < MOST_TEXT + 500
    assert (
        f"beginning of a page of {MOST_READ} bytes or more, of which not all was read: it is longer than 10 MB" in told
    )


async def test_a_page_that_breaks_off_is_given_as_far_as_it_came(world: World) -> None:
    with web({"/": page("<p>half of it", content_length="1000")}) as served:
        told = (await world.call("WebFetch", url=served.url)).text
    assert "not all was read: it broke off" in told
    assert told.endswith("half of it")


async def test_a_server_that_never_answers_is_left_at_once(world: World) -> None:
    asked, closed = threading.Event(), threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        request.connection.settimeout(30)
        if request.connection.recv(1) == b"":
            closed.set()

    events: list[Event] = []
    with web({"/": silent}) as served:
        call = asyncio.create_task(world.run("WebFetch", (), into=events, url=served.url))
        assert await asyncio.to_thread(asked.wait, 30)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await asyncio.to_thread(closed.wait, 30), "the connection is closed"
    assert isinstance(events[-1], ToolInterrupted)


async def test_a_page_is_kept_for_a_while_and_an_error_is_not(world: World) -> None:
    with web({"/a": page("<p>one"), "/b": page("no", status=503)}) as served:
        first = (await world.call("WebFetch", url=f"{served.url}/a")).text
        served.pages["/a"] = page("<p>two")
        second = (await world.call("WebFetch", url=f"{served.url}/a#there")).text
        assert "503" in (await world.call("WebFetch", url=f"{served.url}/b")).error
        served.pages["/b"] = page("<p>now")
        assert (await world.call("WebFetch", url=f"{served.url}/b")).text.endswith("now")
        assert (await world.call("WebFetch", url=f"{served.url}/a?new")).text.endswith("two")
    assert second.startswith("(As it was read ")
    assert second.endswith(first)


@pytest.mark.parametrize("url", ["http://docs.example/a", "https://docs.example/a"])
async def test_a_proxy_looks_names_up_and_everything_is_encrypted(world: World, tmp_path: Path, url: str) -> None:
    authority = Authority(tmp_path)
    context = authority.context("docs", subject="DNS:docs.example")
    with web({"/a": redirect("/b"), "/b": page("<p>through")}, context) as served, Proxy(served.port) as proxy:
        environ = {"HTTPS_PROXY": f"http://{proxy.address}", "SSL_CERT_FILE": str(authority.certificate)}
        world.context.environ = environ
        told = (await world.call("WebFetch", url=url)).text
        assert told == "https://docs.example/b\n\nthrough"
        world.context.environ = {**environ, "SSL_CERT_FILE": str(tmp_path / "docs.pem")}
        refused = (await world.call("WebFetch", url=f"{url}?other")).error
        # What is the user's own is reached by no proxy.
        world.context.environ = environ
        with web({"/": page("<p>here")}) as local:
            assert (await world.call("WebFetch", url=local.url)).text.endswith("here")
    assert {name.partition(":")[0] for name in proxy.asked} == {"docs.example"}
    assert "The certificate of docs.example" in refused
    assert "not trusted" in refused


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://user@example.com/", "name or password"),
        ("https://example.com@evil.example/", "name or password"),
        ("https://example.com:22/", "a port where no web pages are"),
        ("http://[::1]:6667/", "a port where no web pages are"),
        ("ftp://example.com/", "neither https:// nor http://"),
        ("file:///etc/passwd", "neither https:// nor http://"),
        ("https://exa mple.com/", "a blank"),
        ("https://example.com\\@evil.example/", "a backslash"),
        ("https://example.com/\u200b", "nobody can see"),
        ("example.com", "write it whole"),
        ("https://", "no URL"),
        ("https://256.256.256.256/", "no URL"),
        (f"https://example.com/{'x' * 2000}", "longer than 2000"),
    ],
)
async def test_a_url_that_readers_take_differently_is_refused_before_anybody_is_asked(
    world: World, url: str, why: str
) -> None:
    assert why in (await world.resolved("WebFetch", url=url)).error
