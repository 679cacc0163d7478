"""Encrypted ways: who is trusted, HTTP/2, and proxies of each kind with names and passwords."""

from __future__ import annotations

import json
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest

from claw.providers.transport import TransportFailed

from .authority import Authority
from .h2_server import Http2, http2
from .proxies import Proxy
from .raw_server import END, HEAD, Connection, raw_server
from .wires import post, wire_to

pytestmark = pytest.mark.anyio

ONE = {"n": 1}
EVENT = b'data: {"n": 1}\n\n'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.context("plain")


@pytest.fixture(scope="module")
def tls2(authority: Authority) -> ssl.SSLContext:
    return authority.context("two", alpn="h2")


def plain(connection: Connection) -> None:
    while connection.request():
        connection.send(HEAD + b"\r\n")
        connection.chunk(EVENT)
        connection.send(END)


# --- certificates ----------------------------------------------------------------------------------------------------


async def test_a_certificate_that_a_trusted_one_has_signed(authority: Authority, tls: ssl.SSLContext) -> None:
    with raw_server(plain, tls) as url:
        async with wire_to(url, {"SSL_CERT_FILE": str(authority.certificate)}) as transport:
            assert await post(transport) == [ONE]
            assert await post(transport) == [ONE]


async def test_certificates_in_a_folder_of_hashes(authority: Authority, tls: ssl.SSLContext, tmp_path: Path) -> None:
    (tmp_path / "0a1b2c3d.0").write_bytes(authority.certificate.read_bytes())
    (tmp_path / "other.pem").write_text("nothing")
    with raw_server(plain, tls) as url:
        async with wire_to(url, {"SSL_CERT_DIR": str(tmp_path)}) as transport:
            assert await post(transport) == [ONE]


UNTRUSTED = {
    "another name": ({"subject": "DNS:elsewhere.test"}, "not made out to this name"),
    "expired": ({"years": (2020, 2021)}, "it has expired"),
    "not yet valid": ({"years": (2040, 2049)}, "it is not valid yet"),
    "nobody known": ({}, "nobody who is trusted has signed it"),
}


@pytest.mark.parametrize("why", UNTRUSTED)
async def test_a_certificate_that_is_not_trusted_says_why(why: str, authority: Authority) -> None:
    fields, words = UNTRUSTED[why]
    context = authority.context(why.replace(" ", ""), **fields)  # type: ignore[arg-type]
    environment = {} if why == "nobody known" else {"SSL_CERT_FILE": str(authority.certificate)}
    with raw_server(plain, context) as url:
        async with wire_to(url, environment) as transport:
            with pytest.raises(TransportFailed, match=words) as caught:
                await post(transport)
    assert caught.value.trouble == "untrusted"


async def test_a_server_that_does_not_encrypt_is_no_matter_of_trust() -> None:
    def refuses(connection: Connection) -> None:
        connection.link.recv(5)
        connection.send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    with raw_server(refuses) as url:
        async with wire_to(url.replace("http:", "https:")) as transport:
            with pytest.raises(TransportFailed) as caught:
                await post(transport)
    assert caught.value.trouble == "connection"


# --- HTTP/2 ----------------------------------------------------------------------------------------------------------


async def test_requests_share_one_connection(authority: Authority, tls2: ssl.SSLContext) -> None:
    connections: set[int] = set()

    def asked(server: Http2, stream: int, body: bytes) -> None:
        connections.add(server.connection.number)
        server.answer(stream, b"data: " + body + b"\n\n")

    heard = []

    async def ask(number: int) -> None:
        heard.append(await post(transport, {"n": number}))

    with raw_server(http2(asked), tls2) as url:
        async with wire_to(url, {"SSL_CERT_FILE": str(authority.certificate)}) as transport:
            await ask(0)
            async with anyio.create_task_group() as tasks:
                for number in range(1, 50):
                    tasks.start_soon(ask, number)
    assert sorted(heard, key=str) == sorted(([{"n": number}] for number in range(50)), key=str)
    assert connections == {0}


async def test_a_long_request_over_http2(authority: Authority, tls2: ssl.SSLContext) -> None:
    lengths = []

    def asked(server: Http2, stream: int, body: bytes) -> None:
        lengths.append(len(json.loads(body)["text"]))
        server.answer(stream, EVENT)

    with raw_server(http2(asked), tls2) as url:
        async with wire_to(url, {"SSL_CERT_FILE": str(authority.certificate)}) as transport:
            assert await post(transport, {"text": "x" * 3_000_000}) == [ONE]
    assert lengths == [3_000_000]


async def test_cancelling_over_http2_resets_the_stream_and_keeps_the_connection(
    authority: Authority, tls2: ssl.SSLContext
) -> None:
    waiting, servers = threading.Event(), []

    def asked(server: Http2, stream: int, body: bytes) -> None:
        servers.append(server)
        server.answer(stream, EVENT, ends=len(servers) > 1)
        waiting.set()

    with raw_server(http2(asked), tls2) as url:
        async with wire_to(url, {"SSL_CERT_FILE": str(authority.certificate)}) as transport:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(post, transport)
                await anyio.to_thread.run_sync(waiting.wait, 30)
                await anyio.sleep(0.05)
                tasks.cancel_scope.cancel()
            assert await post(transport) == [ONE]
    assert servers[0] is servers[1]
    assert servers[0].reset == [1]


@pytest.mark.parametrize("how", ["refused", "reset", "goaway"])
async def test_a_stream_that_the_server_ends_is_told_and_not_tried_again(
    how: str, authority: Authority, tls2: ssl.SSLContext
) -> None:
    asked_for = []

    def asked(server: Http2, stream: int, body: bytes) -> None:
        asked_for.append(stream)
        if how == "goaway":
            server.protocol.close_connection(last_stream_id=0)
        else:
            server.protocol.reset_stream(stream, 7 if how == "refused" else 2)

    with raw_server(http2(asked), tls2) as url:
        async with wire_to(url, {"SSL_CERT_FILE": str(authority.certificate)}) as transport:
            with pytest.raises(TransportFailed) as caught:
                await post(transport)
    assert caught.value.trouble == "connection"
    assert asked_for == [1]


# --- proxies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "target"),
    [("socks5", "plain"), ("socks5h", "plain")]
    + [(scheme, target) for scheme in ("http", "https", "socks5", "socks5h") for target in ("tls", "h2")],
)
async def test_a_proxy_gets_its_name_and_password(
    scheme: str, target: str, authority: Authority, tls: ssl.SSLContext, tls2: ssl.SSLContext
) -> None:
    def asked(server: Http2, stream: int, body: bytes) -> None:
        server.answer(stream, EVENT)

    serve = http2(asked) if target == "h2" else plain
    context = {"plain": None, "tls": tls, "h2": tls2}[target]
    trusted = {"SSL_CERT_FILE": str(authority.certificate)}
    with raw_server(serve, context) as url:
        port = urlsplit(url).port or 0
        with Proxy(port, authority.context("proxy") if scheme == "https" else None) as proxy:
            # A plain server on this machine has no proxy before it; this address is as good as any other.
            there = url if context else f"http://model.test:{port}"
            variable = f"{scheme}://me:p%40ss@{proxy.address}"
            async with wire_to(there, {"ALL_PROXY": variable, **trusted}) as transport:
                assert await post(transport) == [ONE]
    assert proxy.names == ["me:p@ss"]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_is_asked_for_a_plain_address(scheme: str, authority: Authority) -> None:
    lines = []

    def forwards(connection: Connection) -> None:
        while request := connection.request():
            lines.append((connection.line, request[0]["proxy-authorization"]))
            connection.send(HEAD + b"\r\n")
            connection.chunk(EVENT)
            connection.send(END)

    with raw_server(forwards, authority.context("forwards") if scheme == "https" else None) as url:
        environment = {"HTTP_PROXY": url.replace("//", "//me:p%40ss@"), "SSL_CERT_FILE": str(authority.certificate)}
        async with wire_to("http://model.test:81", environment) as transport:
            assert await post(transport) == [ONE]
    assert lines == [("POST http://model.test:81/v1/x HTTP/1.1", "Basic bWU6cEBzcw==")]


async def test_a_proxy_that_refuses_is_told_without_its_password() -> None:
    def refuses(connection: Connection) -> None:
        connection.request()
        connection.send(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")

    with raw_server(refuses) as url:
        proxy = url.replace("//", "//me:hunter2@")
        async with wire_to("https://model.test", {"HTTPS_PROXY": proxy}) as transport:
            with pytest.raises(TransportFailed) as caught:
                await post(transport)
    assert caught.value.trouble == "connection"
    assert "hunter2" not in str(caught.value)
    assert "proxy" in caught.value.reason
