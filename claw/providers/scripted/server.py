"""The scripted server: answers all three APIs from one scenario, on loopback only."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from types import ModuleType, TracebackType
from typing import Any

import h11
import msgspec

from claw.providers.scripted import anthropic, chat, responses
from claw.providers.scripted.frames import Answer, Frame, Invalid, estimate
from claw.providers.scripted.http import Exchange
from claw.providers.scripted.request import Request, Wire, custom_tools, turns_of, wire_of
from claw.providers.scripted.scenario import Break, Fault, Reply, Scenario, Status
from claw.providers.scripted.turns import NoReply, choose

WIRES: dict[Wire, ModuleType] = {"anthropic": anthropic, "openai-responses": responses, "openai-chat": chat}


class _ClientLeft(Exception):
    pass


class ScriptedServer:
    """``async with ScriptedServer(scenario) as server:`` serves at ``server.url`` until the block ends.

    `requests` keeps every request with its JSON body, in order of arrival. The server's only other state is how often
    each reply was asked for, which is what its `faults` count; `forget` resets both.
    """

    def __init__(self, scenario: Scenario, *, port: int = 0) -> None:
        self.scenario = scenario
        self.requests: list[Request] = []
        self._port = port
        self._attempts: Counter[tuple[int, int]] = Counter()
        self._server: asyncio.Server | None = None
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Base URL without `/v1`; the paths are served with and without it."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> ScriptedServer:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self._server.wait_closed()

    def forget(self) -> None:
        self.requests.clear()
        self._attempts.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._answering.add(task)
        try:
            await self._serve(Exchange(reader, writer))
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._answering.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, exchange: Exchange) -> None:
        try:
            received = await exchange.request()
        except h11.RemoteProtocolError as error:
            await exchange.refuse(error)
            return
        if received is None:
            return
        request = self._record(*received)
        try:
            await self._answer(request, exchange)
        except h11.LocalProtocolError as error:
            request.error = f"the scenario's answer cannot be sent: {error}"
            await exchange.answer(500, {}, msgspec.json.encode({"error": {"message": request.error}}))

    def _record(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
        try:
            content = msgspec.json.decode(body) if body else None
        except msgspec.DecodeError:
            content = None
        raw = body.decode("utf-8", "replace")
        request = Request(len(self.requests), method, path, headers, content, raw, wire_of(path))
        self.requests.append(request)
        return request

    async def _answer(self, request: Request, exchange: Exchange) -> None:
        if request.wire is None or request.method != "POST":
            await exchange.answer(404, {}, b'{"error": {"message": "not found"}}')
            return
        wire = WIRES[request.wire]
        try:
            answer = self._choose(request, request.wire)
        except (Invalid, NoReply) as error:
            request.error = str(error)
            request.finished = True
            await _refuse(exchange, wire, Status(status=400, message=request.error))
            return
        except (AttributeError, KeyError, TypeError) as error:
            request.error = f"the request is not what this API takes: {error!r}"
            request.finished = True
            await _refuse(exchange, wire, Status(status=400, message=request.error))
            return
        if isinstance(request.fault, Status):
            request.finished = True
            await _refuse(exchange, wire, request.fault)
            return
        await self._stream(request, answer, wire, exchange)

    def _choose(self, request: Request, wire: Wire) -> Answer:
        WIRES[wire].check(request.body)
        thread, position, reply = choose(self.scenario, wire, request.body)
        request.reply = position
        _expect(reply, request.raw)
        attempt = self._attempts[thread, position]
        self._attempts[thread, position] += 1
        request.fault = reply.faults[attempt] if attempt < len(reply.faults) else None
        assistants = sum(turn.role == "assistant" for turn in turns_of(wire, request.body))
        tokens = reply.usage or estimate(request.raw, request.body, reply, assistants)
        model = request.body.get("model") or self.scenario.model
        return Answer(reply, thread, position, model, tokens, custom_tools(request.body))

    async def _stream(self, request: Request, answer: Answer, wire: ModuleType, exchange: Exchange) -> None:
        frames, fault = _broken(wire, answer, request.fault)
        gone = asyncio.ensure_future(exchange.gone())
        pace = answer.reply.pace or self.scenario.pace
        try:
            await exchange.begin(200, {"content-type": "text/event-stream; charset=utf-8"})
            for frame in frames:
                await _pause(gone, pace if frame.paced else 0)
                await exchange.go_on(frame.encode())
            request.finished = True
            await self._end(fault, gone, exchange)
        except (_ClientLeft, OSError):
            request.finished, request.left = False, True
        finally:
            gone.cancel()

    async def _end(self, fault: Break | None, gone: asyncio.Future[None], exchange: Exchange) -> None:
        if fault is not None and fault.how == "hang":
            await gone
            raise _ClientLeft
        if fault is not None and fault.how == "drop":
            exchange.drop()
            return
        await exchange.end()


def _expect(reply: Reply, raw: str) -> None:
    missing = [text for text in reply.expect if not _holds(raw, text)]
    if missing:
        raise Invalid(f"the script expects {missing!r} in this request")
    unwanted = [text for text in reply.refuse if _holds(raw, text)]
    if unwanted:
        raise Invalid(f"the script expects no {unwanted!r} in this request")


def _holds(raw: str, text: str) -> bool:
    """As it stands in the JSON, or as a string inside it."""
    return text in raw or msgspec.json.encode(text)[1:-1].decode() in raw


async def _refuse(exchange: Exchange, wire: ModuleType, fault: Status) -> None:
    error: dict[str, Any] = wire.error_body(fault.status, fault.kind, fault.code, fault.message)
    body = msgspec.json.encode(error) if fault.body is None else fault.body.encode()
    await exchange.answer(fault.status, fault.headers, body)


def _broken(wire: ModuleType, answer: Answer, fault: Fault | None) -> tuple[list[Frame], Break | None]:
    """The frames to send, and how to go on after them."""
    frames: list[Frame] = list(wire.frames(answer))
    if not isinstance(fault, Break):
        return frames, None
    kept = [frame for frame in frames if not frame.ends] if fault.after is None else frames[: fault.after]
    match fault.how:
        case "error":
            kept.append(wire.error_frame(fault.kind, fault.message))
        case "json":
            kept.append(Frame('{"type": "content_block_delta", "index"', kept[-1].event if kept else "message_start"))
        case "sse":
            kept.append(Frame(b"event: message_start\ndata: \xff\xfe\n\n"))
        case _:
            pass
    return kept, fault


async def _pause(gone: asyncio.Future[None], seconds: float) -> None:
    """Wait, and notice meanwhile that the client has left."""
    await asyncio.wait([gone], timeout=seconds)
    if gone.done():
        raise _ClientLeft
