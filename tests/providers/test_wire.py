"""The transport in Rust over real connections: how bodies come, how they end, and who is told of it."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import brotli
import pytest
import zstandard

from claw._native import Certificates, Exchange, WireClient
from claw.providers.transport import StatusError, TransportFailed
from claw.providers.wire import WireTransport

from .raw_server import END, HEAD, Connection, raw_server
from .wires import objects, post, wire_to

pytestmark = pytest.mark.anyio

ONE, TWO = {"n": 1, "text": "é" * 40}, {"n": 2}
FIRST, SECOND = (f"data: {json.dumps(record)}\n\n".encode() for record in (ONE, TWO))
SECRET = "sk-a-key-that-nobody-shows"


def answers(*parts: bytes) -> Callable[[Connection], None]:
    """A server that sends this to whatever it is asked, and hangs up."""

    def serve(connection: Connection) -> None:
        if connection.request():
            for part in parts:
                connection.send(part)

    return serve


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


# --- how a body comes ------------------------------------------------------------------------------------------------

LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(FIRST + SECOND)
WHOLE: dict[str, tuple[bytes, ...]] = {
    "chunks": (HEAD + b"\r\n", chunk(FIRST), chunk(SECOND), END),
    "a length": (LENGTH, FIRST, SECOND),
    "until the connection ends": (b"HTTP/1.1 200 OK\r\n\r\n", FIRST, SECOND),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\n", FIRST, SECOND),
    "a byte at a time": tuple(bytes([byte]) for byte in HEAD + b"\r\n" + chunk(FIRST) + chunk(SECOND) + END),
    "100 Continue": (b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + b"\r\n", chunk(FIRST + SECOND), END),
    "early hints": (b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", HEAD + b"\r\n", chunk(FIRST + SECOND), END),
    "extensions and trailers": (
        HEAD + b"trailer: sum\r\n\r\n",
        b"%x;a=b\r\n%s\r\n" % (len(FIRST), FIRST),
        chunk(SECOND),
        b"0\r\nsum: 1\r\n\r\n",
    ),
    "200 headers": (HEAD + b"".join(b"x-%d: y\r\n" % n for n in range(200)) + b"\r\n", chunk(FIRST + SECOND), END),
    "long headers": (HEAD + b"x-long: " + b"y" * 60_000 + b"\r\n\r\n", chunk(FIRST + SECOND), END),
}


@pytest.mark.parametrize("way", WHOLE)
async def test_a_body_comes_whole_in_whatever_way_it_is_sent(way: str) -> None:
    with raw_server(answers(*WHOLE[way])) as url:
        async with wire_to(url) as transport:
            assert await post(transport) == [ONE, TWO]


def gzip_pieces(pieces: list[bytes]) -> list[bytes]:
    packer = zlib.compressobj(wbits=31)
    return [packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) for piece in pieces] + [packer.flush()]


def brotli_pieces(pieces: list[bytes]) -> list[bytes]:
    packer = brotli.Compressor()
    return [packer.process(piece) + packer.flush() for piece in pieces] + [packer.finish()]


def zstd_pieces(pieces: list[bytes]) -> list[bytes]:
    packer = zstandard.ZstdCompressor().compressobj()
    flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return [packer.compress(piece) + packer.flush(flush) for piece in pieces] + [packer.flush()]


PACKERS = {"gzip": gzip_pieces, "br": brotli_pieces, "zstd": zstd_pieces}


@pytest.mark.parametrize("encoding", PACKERS)
async def test_a_compressed_stream_is_heard_while_it_comes(encoding: str) -> None:
    first, second, end = PACKERS[encoding]([FIRST, SECOND])
    heard, accepted = threading.Event(), queue.Queue[str]()

    def serve(connection: Connection) -> None:
        headers, _ = connection.request() or ({}, b"")
        accepted.put(headers["accept-encoding"])
        connection.send(HEAD + b"content-encoding: " + encoding.encode() + b"\r\n\r\n" + chunk(first))
        assert heard.wait(30)
        connection.send(chunk(second) + chunk(end) + END)

    with raw_server(serve) as url:
        async with wire_to(url) as transport:
            answer = await transport.post("/", {}, {})
            records = []
            with anyio.fail_after(30):
                async for record in objects(answer):
                    records.append(record)
                    heard.set()
            await answer.close()
    assert records == [ONE, TWO]
    assert encoding in accepted.get()


async def test_a_record_without_an_end_is_bounded() -> None:
    line = b"data: " + b"a" * (80 * 1024 * 1024)
    bomb = zlib.compressobj(wbits=31)
    packed = bomb.compress(line) + bomb.flush()
    assert len(packed) < 200_000
    head = HEAD + b"content-encoding: gzip\r\n\r\n"
    with raw_server(answers(head, chunk(packed), END)) as url:
        async with wire_to(url) as transport:
            with pytest.raises(TransportFailed, match="more than 64 MiB") as caught:
                await post(transport)
    assert caught.value.trouble == "broken"


async def test_an_error_without_an_end_is_bounded() -> None:
    def serve(connection: Connection) -> None:
        if connection.request():
            connection.send(b"HTTP/1.1 503 Busy\r\nretry-after: 3\r\ntransfer-encoding: chunked\r\n\r\n")
            while True:
                connection.chunk(b"busy " * 20_000)

    with raw_server(serve) as url:
        async with wire_to(url) as transport:
            with pytest.raises(StatusError) as caught:
                await post(transport)
    assert (caught.value.status, caught.value.headers["retry-after"]) == (503, "3")
    assert isinstance(caught.value.said, str)
    assert 1_000_000 < len(caught.value.said) <= 1024 * 1024


@pytest.mark.parametrize("kind", ["text/plain; charset=iso-8859-1", "text/plain; charset=LATIN1; x=y", "text/plain"])
async def test_an_error_is_read_in_its_character_set(kind: str) -> None:
    body = "zu spät".encode("utf-8" if kind == "text/plain" else "latin-1")
    head = f"HTTP/1.1 400 Bad\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with raw_server(answers(head, body)) as url:
        async with wire_to(url) as transport:
            with pytest.raises(StatusError) as caught:
                await post(transport)
    assert caught.value.said == "zu spät"


# --- how it ends -----------------------------------------------------------------------------------------------------

RUINED: dict[str, tuple[tuple[bytes, ...], list[Any]]] = {
    "nothing": ((), []),
    "half a head": ((b"HTTP/1.1 200 OK\r\ncontent-ty",), []),
    "no HTTP": ((b"SSH-2.0-OpenSSH_9.2\r\n",), []),
    "an endless head": ((HEAD, *[b"x: " + b"y" * 1000 + b"\r\n"] * 2000), []),
    "half a length": ((LENGTH, FIRST), [ONE]),
    "half a chunk": ((HEAD + b"\r\n", chunk(FIRST), b"40\r\ndata: {"), [ONE]),
    "no last chunk": ((HEAD + b"\r\n", chunk(FIRST)), [ONE]),
    "a size that is none": ((HEAD + b"\r\n", chunk(FIRST), b"zz\r\n"), [ONE]),
    "an encoding that is none": ((HEAD + b"content-encoding: gzip\r\n\r\n", chunk(FIRST), END), []),
}


async def hear(transport: WireTransport, heard: list[Any], came: threading.Event | None = None) -> None:
    answer = await transport.post("/", {}, {})
    try:
        async for record in objects(answer):
            heard.append(record)
            if came is not None:
                came.set()
    finally:
        await answer.close()


@pytest.mark.parametrize("way", RUINED)
async def test_an_answer_that_breaks_is_told_after_what_came(way: str) -> None:
    parts, expected = RUINED[way]
    heard: list[Any] = []
    with raw_server(answers(*parts)) as url:
        async with wire_to(url, authorization=f"Bearer {SECRET}") as transport:
            with pytest.raises(TransportFailed) as caught:
                await hear(transport, heard)
    assert caught.value.trouble == "connection"
    assert caught.value.reason
    assert SECRET not in repr(caught.value)
    assert heard in (expected, [])


async def test_a_reset_in_a_record_is_told() -> None:
    def serve(connection: Connection) -> None:
        connection.request()
        connection.send(HEAD + b"\r\n" + chunk(FIRST) + b"40\r\ndata: {")
        came.wait(30)
        connection.reset()

    came, heard = threading.Event(), list[Any]()
    with raw_server(serve) as url:
        async with wire_to(url) as transport:
            with pytest.raises(TransportFailed, match="reset"):
                await hear(transport, heard, came)
    assert heard == [ONE]


async def test_a_record_that_only_lacks_an_empty_line_is_in_the_rest() -> None:
    with raw_server(answers(HEAD + b"\r\n", chunk(FIRST + SECOND.rstrip()))) as url:
        async with wire_to(url) as transport:
            answer = await transport.post("/", {}, {})
            with pytest.raises(TransportFailed):
                _ = [record async for record in objects(answer)]
            assert answer.rest() == [("", json.dumps(TWO))]
            assert answer.rest() == []
            await answer.close()


def silent(connection: Connection) -> None:
    connection.request()
    connection.is_left()


def begins(connection: Connection) -> None:
    connection.request()
    connection.send(HEAD + b"\r\n" + chunk(FIRST))
    connection.is_left()


def deaf(connection: Connection) -> None:
    connection.link.recv(1000)
    threading.Event().wait(30)


LIMITS: dict[str, tuple[Callable[[Connection], None], dict[str, float], int]] = {
    "silence before the answer": (silent, {"read": 0.3}, 10),
    "silence in the answer": (begins, {"read": 0.3}, 10),
    "a request that is not taken": (deaf, {"write": 0.5}, 40_000_000),
}


async def test_what_arrived_together_is_one_batch() -> None:
    sent = threading.Event()

    def serve(connection: Connection) -> None:
        connection.request()
        connection.send(HEAD + b"\r\n" + chunk(FIRST) * 500 + END)
        sent.set()

    with raw_server(serve) as url:
        async with wire_to(url) as transport:
            answer = await transport.post("/", {}, {})
            assert await anyio.to_thread.run_sync(sent.wait, 30)
            await anyio.sleep(0.5)
            assert len(await answer.batch()) == 500
            await answer.close()


@pytest.mark.parametrize("what", LIMITS)
async def test_what_takes_too_long_is_ended(what: str) -> None:
    serve, limits, size = LIMITS[what]
    with raw_server(serve) as url:
        client = WireClient(None, None, **{"connect": 30, "read": 30, "write": 30, **limits})
        exchange = client.post(url, [], b"x" * size)
        await ended(exchange)
    assert exchange.failure is not None
    assert exchange.failure[0] == "timeout"


async def test_a_connection_that_does_not_come_is_given_up() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        client = WireClient(None, None, connect=0.3, read=30, write=30)
        exchange = client.post(f"http://127.0.0.1:{full.getsockname()[1]}", [], b"")
        await ended(exchange)
        for other in others:
            other.close()
    assert exchange.failure is not None
    assert exchange.failure[0] == "timeout"


async def ended(exchange: Exchange) -> None:
    with anyio.fail_after(30):
        while (batch := exchange.take()) != []:
            if batch is None:
                await anyio.wait_readable(exchange.fileno())
                exchange.hush()


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("no address", {}),
        ("http://", {}),
        ("http://127.0.0.1:99999", {}),
        ("ftp://127.0.0.1", {}),
        ("http://127.0.0.1:1", {"bad name": "x"}),
        ("http://127.0.0.1:1", {"authorization": f"Bearer {SECRET}\n"}),
        ("http://127.0.0.1:1", {"authorization": f"Bearer {SECRET}ű"}),
    ],
)
async def test_what_cannot_be_sent_is_said_without_its_content(url: str, headers: dict[str, str]) -> None:
    async with wire_to(url, **headers) as transport:
        with pytest.raises((ValueError, TransportFailed)) as caught:
            await transport.post("/v1", {}, {})
    assert SECRET not in str(caught.value)


# --- connections -----------------------------------------------------------------------------------------------------


def keeps(counted: list[int], *, pause: threading.Event | None = None) -> Callable[[Connection], None]:
    """A server that keeps its connections; `counted` gets the number of each request's."""

    def serve(connection: Connection) -> None:
        while connection.request():
            counted.append(connection.number)
            connection.send(HEAD + b"\r\n" + chunk(FIRST + b"data: [DONE]\n\n"))
            if pause is not None:
                assert pause.wait(30)
            connection.send(END)

    return serve


async def test_a_connection_is_used_again() -> None:
    counted: list[int] = []
    with raw_server(keeps(counted)) as url:
        async with wire_to(url) as transport:
            for _ in range(3):
                assert await post(transport) == [ONE, None]
    assert counted == [0, 0, 0]


async def test_the_end_of_an_answer_that_was_left_is_awaited_in_the_background() -> None:
    counted, pause = list[int](), threading.Event()
    with raw_server(keeps(counted, pause=pause)) as url:
        async with wire_to(url) as transport:
            answer = await transport.post("/", {}, {})
            assert await answer.batch()
            answer.leave()
            await answer.close()
            pause.set()
            await anyio.sleep(0.1)
            await post(transport)
    assert counted == [0, 0]


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    counted: list[int] = []

    def serve(connection: Connection) -> None:
        connection.request()
        counted.append(connection.number)
        connection.send(HEAD + b"\r\n" + chunk(FIRST) + END)

    with raw_server(serve) as url:
        async with wire_to(url) as transport:
            for _ in range(3):
                assert await post(transport) == [ONE]
                await anyio.sleep(0.05)
    assert counted == [0, 1, 2]


@pytest.mark.parametrize("began", [False, True])
async def test_cancelling_hangs_up_at_once(began: bool) -> None:
    left, asked = threading.Event(), threading.Event()

    def serve(connection: Connection) -> None:
        connection.request()
        if began:
            connection.send(HEAD + b"\r\n" + chunk(FIRST))
        asked.set()
        if connection.is_left():
            left.set()

    with raw_server(serve) as url:
        async with wire_to(url) as transport, anyio.create_task_group() as tasks:
            tasks.start_soon(post, transport)
            await anyio.to_thread.run_sync(asked.wait, 30)
            await anyio.sleep(0.05)
            tasks.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(left.wait, 30)


async def test_many_at_once() -> None:
    together = threading.Barrier(200)

    def serve(connection: Connection) -> None:
        _, body = connection.request() or ({}, b"")
        together.wait(60)
        for number in range(20):
            connection.send(b"" if number else HEAD + b"\r\n")
            connection.chunk(b'data: {"asked": %s, "number": %d}\n\n' % (body, number))
        connection.send(END)

    heard: dict[int, Any] = {}

    async def ask(number: int) -> None:
        heard[number] = await post(transport, {"number": number})

    with raw_server(serve) as url:
        async with wire_to(url) as transport, anyio.create_task_group() as tasks:
            for number in range(200):
                tasks.start_soon(ask, number)
    assert heard == {
        asked: [{"asked": {"number": asked}, "number": number} for number in range(20)] for asked in range(200)
    }


async def test_what_is_not_taken_is_not_read() -> None:
    sent, blocked = [0], threading.Event()

    def serve(connection: Connection) -> None:
        connection.request()
        connection.send(HEAD + b"\r\n")
        connection.link.settimeout(1)
        piece = chunk(FIRST * 100)
        try:
            while sent[0] < 4000:
                connection.send(piece)
                sent[0] += 1
        except TimeoutError:
            blocked.set()

    with raw_server(serve) as url:
        async with wire_to(url) as transport:
            answer = await transport.post("/", {}, {})
            assert await anyio.to_thread.run_sync(blocked.wait, 60), f"{sent} pieces were read ahead"
            assert 0 < len(await answer.batch()) < 10_000
            await answer.close()


async def test_a_long_request_arrives_as_it_was() -> None:
    arrived: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

    def serve(connection: Connection) -> None:
        if request := connection.request():
            arrived.put(request)
            connection.send(HEAD + b"\r\n" + END)

    body = {"text": "é\u2028\x7f\x00" * 1_000_000}
    with raw_server(serve) as url:
        async with wire_to(url.replace("//", "//me:p%40ss@"), authorization="Bearer other") as transport:
            assert await post(transport, body) == []
    headers, data = arrived.get()
    assert json.loads(data) == body
    assert int(headers["content-length"]) == len(data)
    assert headers["authorization"] == "Basic bWU6cEBzcw==", "who is in the address goes before who is in the headers"
    assert "transfer-encoding" not in headers


# --- processes -------------------------------------------------------------------------------------------------------


async def test_a_child_cannot_use_its_parents_connections_and_has_its_own() -> None:
    counted: list[int] = []
    with raw_server(keeps(counted)) as url:
        async with wire_to(url) as transport:
            answer = await transport.post("/", {}, {})
            child = os.fork()
            if child == 0:
                os._exit(in_child(transport._client, answer._exchange, url))
            _, status = await anyio.to_thread.run_sync(os.waitpid, child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            assert [record async for record in objects(answer)] == [ONE, None]
            await answer.close()
            assert await post(transport) == [ONE, None]


def in_child(client: WireClient, exchange: Exchange, url: str) -> int:
    for use in (lambda: client.post(url, [], b""), exchange.take, exchange.head, exchange.fileno):
        with suppress(ValueError):
            use()
            return 1
    exchange.cancel()
    exchange.leave()
    client.close()
    own = WireClient(None, None, connect=10, read=10, write=10).post(url, [], b"{}")
    while (head := own.head()) is None:
        threading.Event().wait(0.01)
    return 0 if head[0] == 200 else 2


LEAVES = """
import asyncio, sys
from claw.providers.route import Route
from claw.providers.transport import Endpoint
from claw.providers.wire import WireTransport

async def main():
    answer = await WireTransport(Endpoint(sys.argv[1], Route())).post("/", {}, {})
    print(await answer.batch(), flush=True)
    if "raise" in sys.argv:
        raise KeyError("x")

asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["end", "raise"])
def test_a_process_ends_though_an_answer_is_open(how: str) -> None:
    with raw_server(begins) as url:
        done = subprocess.run([sys.executable, "-c", LEAVES, url, how], capture_output=True, timeout=30, check=False)
    assert done.stdout.decode().startswith("[('', ")
    assert done.returncode == (how == "raise")
    assert b"panicked" not in done.stderr


def test_certificates_of_the_system_are_certificates() -> None:
    certificates = Certificates()
    assert certificates.add_system() == len(certificates.der())
