"""What the scripted server makes of HTTP that no client library writes, over real sockets."""

from __future__ import annotations

import asyncio

import pytest

from claw.providers.scripted import Break, Reply, Scenario, ScriptedServer, Status, Text
from claw.providers.scripted.http import LARGEST_HEAD

from .support import Serve

pytestmark = pytest.mark.anyio

BODY = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}'
POST = b"POST /v1/messages HTTP/1.1\r\nhost: h\r\n"
LENGTH = b"content-length: %d\r\n" % len(BODY)
GOOD = POST + LENGTH + b"\r\n" + BODY
STILL = Scenario(replies=(Reply(blocks=(Text(text="Still here."),)),))


async def exchange(server: ScriptedServer, *pieces: bytes, ends: bool = False) -> bytes:
    """All that the server answers to what is written in these pieces."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    if ends:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    ("written", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost", 400),
        (b"GET /\x01 HTTP/1.1\r\nhost: h\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"\x00" * 100, 400),
        (POST.replace(b"host: h", b"x: y") + LENGTH + b"\r\n" + BODY, 400),
        (POST + b"no colon\r\n\r\n", 400),
        (POST + b" folded: first\r\n\r\n", 400),
        (POST + b"na me: x\r\n\r\n", 400),
        (POST + b"name: a\x00b\r\n\r\n", 400),
        (POST + b"content-length: many\r\n\r\n", 400),
        (POST + b"content-length: -1\r\n\r\n", 400),
        (POST + b"content-length: " + b"9" * 5000 + b"\r\n\r\n", 400),
        (POST + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab", 400),
        (POST + b"content-length: 1000\r\n\r\n" + BODY, 400),
        (POST + b"transfer-encoding: gzip\r\n\r\n" + BODY, 501),
        (POST + b"transfer-encoding: chunked\r\n\r\nzz\r\n", 400),
        (POST + b"transfer-encoding: chunked\r\n\r\n4\r\nabcdef\r\n", 400),
        (POST + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\n", 400),
        (POST + b"name: " + b"x" * 3 * LARGEST_HEAD, 431),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404),
        (b"CONNECT x:443 HTTP/1.1\r\nhost: x:443\r\n\r\n", 404),
        (b"GET /v1/messages HTTP/1.1\r\nhost: h\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", 404),
        (b"DELETE /v1/messages HTTP/1.1\r\nhost: h\r\n\r\n", 404),
        (POST + b"\r\n", 400),
        (POST + LENGTH + b"\r\n" + b"\xff" * len(BODY), 400),
    ],
)
async def test_what_is_odd_gets_an_answer_and_harms_nobody(
    written: bytes, status: int, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(STILL)
    for pieces in ((written,), (written[:9], written[9:])):
        answer = await exchange(server, *pieces, ends=True)
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        assert answer.rpartition(b"\r\n\r\n")[2].strip()
    assert b"Still here." in await exchange(server, GOOD)
    assert caplog.records == []


async def test_who_says_nothing_gets_no_answer(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = await serve(STILL)
    assert await exchange(server, ends=True) == b""
    assert (server.requests, caplog.records) == ([], [])


async def test_who_leaves_at_once_harms_nobody(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = await serve(STILL)
    for written in (b"nonsense\r\n\r\n", POST, GOOD):
        _, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(written)
        writer.transport.abort()
    assert b"Still here." in await exchange(server, GOOD)
    assert caplog.records == []


async def test_a_body_comes_by_its_length_or_in_chunks(serve: Serve) -> None:
    server = await serve(STILL)
    await exchange(server, POST + LENGTH, b"\r\n" + BODY[:5], BODY[5:])
    rest = BODY[5:]
    chunks = (b"5\r\n" + BODY[:5] + b"\r\n", b"%x\r\n" % len(rest), rest + b"\r\n0\r\n\r\n")
    await exchange(server, POST + b"transfer-encoding: chunked\r\n\r\n", *chunks)
    assert [request.raw.encode() for request in server.requests] == [BODY, BODY]


async def test_who_waits_to_be_asked_for_the_body_is_asked(serve: Serve) -> None:
    server = await serve(STILL)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(POST + LENGTH + b"expect: 100-continue\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    writer.write(BODY)
    assert b"Still here." in await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_a_client_of_http_1_0_gets_no_chunks(serve: Serve) -> None:
    server = await serve(STILL)
    head, _, body = (await exchange(server, GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"))).partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert body.startswith(b"event: message_start\n")


@pytest.mark.parametrize(
    ("written", "fault"),
    [(b"HEAD / HTTP/1.1\r\nhost: h\r\n\r\n", ()), (GOOD, (Status(status=204),)), (GOOD, (Status(status=304),))],
)
async def test_an_answer_that_has_no_body_has_none(
    written: bytes, fault: tuple[Status, ...], serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(Scenario(replies=(Reply(faults=fault),)))
    answer = await exchange(server, written)
    assert answer.endswith(b"\r\n\r\n")
    assert answer.count(b"\r\n\r\n") == 1
    assert caplog.records == []


@pytest.mark.parametrize(
    "fault",
    [
        Status(status=99),
        Status(status=101),
        Status(status=1000),
        Status(status=500, headers={"na me": "x"}),
        Status(status=500, headers={"name": "x\r\nfurther: y"}),
        Status(status=500, headers={"transfer-encoding": "gzip"}),
    ],
)
async def test_what_a_scenario_cannot_answer_is_said(
    fault: Status, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(Scenario(replies=(Reply(faults=(fault,)),)))
    answer = await exchange(server, GOOD)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"the scenario's answer cannot be sent: " in answer
    assert server.requests[0].error
    assert caplog.records == []


async def test_headers_of_a_scenario_are_sent_once_as_they_are(serve: Serve) -> None:
    headers = {"Content-Type": "text/plain", "Content-Length": "7", "x-note": "\u2192"}
    server = await serve(Scenario(replies=(Reply(faults=(Status(status=599, headers=headers, body="down"),)),)))
    head, _, body = (await exchange(server, GOOD)).partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert fields == {
        b"content-type": b"text/plain",
        b"x-note": "\u2192".encode(),
        b"content-length": b"4",
        b"connection": b"close",
    }
    assert body == b"down"


async def test_a_stream_that_is_cut_has_no_end(serve: Serve) -> None:
    reply = Reply(blocks=(Text(text="Still here."),), faults=(Break(how="end"), Break(how="drop", after=2)))
    server = await serve(Scenario(replies=(reply,)))
    assert (await exchange(server, GOOD)).endswith(b"\r\n0\r\n\r\n")
    cut = await exchange(server, GOOD)
    assert b"message_start" in cut
    assert not cut.endswith(b"\r\n0\r\n\r\n")
