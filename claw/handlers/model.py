"""Performs `model.requested`: asks the provider, reports each piece as a chunk, and ends with one terminal event."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import TypeAlias

import anyio
import anyio.lowlevel
import anyio.to_thread

from claw.errors import ClawError, EventInvalid, ProviderError, RouteUnusable
from claw.events.assembly import Assembler, assemble, outsource
from claw.events.base import INLINE_LIMIT, Blob, Intent
from claw.events.content import ModelBlock, TextBlock, Usage
from claw.events.hook import Judge
from claw.events.model import Failure, ModelChunk, ModelFailed, ModelFinished, ModelRequested
from claw.events.request import Request
from claw.events.session import Model
from claw.events.tool import Charge
from claw.execution.stream import StreamMask
from claw.handlers.base import Blobs, Call, Handler, LostCall
from claw.handlers.reply import Reply
from claw.providers.base import CallFailed, Completion, Provider
from claw.providers.failures import sentence

Price: TypeAlias = Callable[[str, str, Usage, datetime, str], tuple[int, str] | None]
"""(model, provider, usage, time, base URL) to (10⁻⁹ US dollars, source); `claw.providers.pricing.price`."""


Asked: TypeAlias = Model | ModelRequested | Judge
"""What says which model is asked, and where."""

MOST_EMPTY = 1
"""Attempts that may come back empty and are made again: a model with nothing to say seldom finds words later."""


class ModelHandler(Handler):
    """Keeps one provider per (provider, API, base URL) until `aclose`. `secrets` are pairs of name and value. Of one
    provider's calls `at_once` run at the same time; more wait for one of them to end, in the order of their intents.
    """

    intents: frozenset[type[Intent]] = frozenset({ModelRequested})

    def __init__(
        self,
        connect: Callable[[Asked], Provider],
        blobs: Blobs,
        secrets: Sequence[tuple[str, str]],
        price: Price,
        at_once: int,
    ) -> None:
        self._connect = connect
        self._blobs = blobs
        self._secrets = secrets
        self._price = price
        self._providers: dict[tuple[str, str, str], Provider] = {}
        self._connecting = threading.Lock()
        self._limits: defaultdict[tuple[str, str, str], anyio.CapacityLimiter] = defaultdict(
            lambda: anyio.CapacityLimiter(at_once)
        )

    async def perform(self, call: Call) -> None:
        intent, request = call.intent, call.request
        assert isinstance(intent, ModelRequested), "not a model's intent"
        assert request is not None, "a model's intent without its request"
        secrets = list(self._secrets)
        tools = [tool.name for tool in request.tools]
        reply = Reply(call.seq, call.emit, lambda: StreamMask(secrets), tools)
        try:
            completion = await self._ask(call, intent, request, reply)
        except CallFailed as error:
            call.emit(self._failed(call.seq, intent, reply, error))
        except ClawError as error:
            call.emit(self._failed(call.seq, intent, reply, _unable(error)))
        except BaseException as error:
            call.emit(self._failed(call.seq, intent, reply, _stopped(error)))
            raise
        else:
            call.emit(self._finished(call.seq, intent, reply, completion))

    def end_lost(self, call: LostCall) -> ModelFailed:
        """With the content and the usage that had arrived."""
        assert isinstance(call.intent, ModelRequested)
        try:
            arrived = assemble(piece for piece in call.pieces if isinstance(piece, ModelChunk))
        except EventInvalid:
            arrived = Assembler()
        nusd, source = self._priced(call.intent, arrived.usage)
        return ModelFailed(
            call=call.seq,
            failure="lost",
            message="claw stopped while the model answered",
            retryable=True,
            content=arrived.content(),
            usage=arrived.usage,
            nusd=nusd,
            priced_by=source,
        )

    async def prepare(self, model: Model) -> None:
        """What the first call of this model needs and this machine has: modules, certificates, a pool of connections.
        Opens no connection, since nothing leaves the machine before its intent is on disk. What fails is said by the
        call.
        """
        with suppress(ClawError, CallFailed):
            await anyio.to_thread.run_sync(self._connected, model, abandon_on_cancel=True)

    async def aclose(self) -> None:
        """Close the connections of all providers."""
        providers = list(self._providers.values())
        self._providers.clear()
        for provider in providers:
            await provider.close()

    async def _ask(self, call: Call, intent: ModelRequested, request: Request, reply: Reply) -> Completion:
        completion: Completion | None = None
        key = _key(intent)
        async with self._limits[key]:
            provider = await self._provider(intent)
            async with aclosing(provider.stream(request, self._load)) as batches:
                async for items in batches:
                    *pieces, last = items
                    if isinstance(last, Completion):
                        completion = last
                    else:
                        pieces.append(last)
                    reply.take(piece for piece in pieces if not isinstance(piece, Completion))
                    # However fast it comes: nothing piles up, and whoever wants to stop it is heard.
                    await call.written()
        if reply.length * 4 > INLINE_LIMIT:
            # It may be too long for an event: first its pieces, which say that the disk is full where it is.
            for _ in range(3):
                await anyio.lowlevel.checkpoint()
        if completion is None:
            raise CallFailed("malformed_stream", "The provider's reply has no end.", retryable=True)
        return completion

    async def answer(self, judge: Judge, request: Request, charged: Callable[[Charge], None]) -> str:
        """What the model says to a request that is no part of a conversation; what it used is `charged`, however that
        ends. Raises CallFailed, ClawError.
        """
        secrets = list(self._secrets)
        reply = Reply(0, lambda *_: None, lambda: StreamMask(secrets))
        usage: Usage | None = None
        try:
            async with self._limits[_key(judge)]:
                provider = await self._provider(judge)
                async with aclosing(provider.stream(request, self._load)) as batches:
                    async for items in batches:
                        usage = next((item.usage for item in items if isinstance(item, Completion)), usage)
                        reply.take(item for item in items if not isinstance(item, Completion))
            if usage is None:
                raise CallFailed("malformed_stream", "The provider's reply has no end.", retryable=False)
        finally:
            used = usage or reply.usage
            priced = self._price(judge.model, judge.provider, used, datetime.now(UTC), judge.base_url)
            nusd, source = (priced or (None, "")) if used != Usage() else (None, "")
            charged(Charge(provider=judge.provider, model=judge.model, usage=used, nusd=nusd, priced_by=source))
        reply.end()
        texts = (block.text for block in reply.content if isinstance(block, TextBlock))
        return "\n".join(text for text in texts if isinstance(text, str))

    async def _provider(self, model: Asked) -> Provider:
        provider = self._providers.get(_key(model))
        if provider is None:
            provider = await anyio.to_thread.run_sync(self._connected, model, abandon_on_cancel=True)
        return provider

    def _connected(self, intent: Asked) -> Provider:
        """In a thread: the first call of an API imports its module, and certificates are read."""
        key = _key(intent)
        with self._connecting:
            if key not in self._providers:
                try:
                    self._providers[key] = self._connect(intent)
                except ClawError:
                    raise
                except Exception as error:
                    why = sentence(str(error) or type(error).__name__)
                    raise CallFailed(
                        "connection", f"No connection to the model can be made ready: {why}", retryable=False
                    ) from error
            return self._providers[key]

    def _load(self, blob: Blob) -> bytes:
        return self._blobs.get(blob.digest)

    def _finished(self, seq: int, intent: ModelRequested, reply: Reply, completion: Completion) -> ModelFinished:
        content = self._whole(reply)
        nusd, source = self._priced(intent, completion.usage)
        return ModelFinished(
            call=seq,
            content=content,
            stop=completion.stop,
            usage=completion.usage,
            model=sentence(reply.masked(completion.model)),
            response=sentence(reply.masked(completion.response)),
            nusd=nusd,
            priced_by=source,
        )

    def _failed(self, seq: int, intent: ModelRequested, reply: Reply, error: CallFailed) -> ModelFailed:
        content = self._whole(reply)
        nusd, source = self._priced(intent, reply.usage)
        return ModelFailed(
            call=seq,
            failure=error.failure,
            message=reply.masked(error.message),
            retryable=error.retryable and not (error.failure == "empty" and intent.attempt > MOST_EMPTY),
            status=error.status,
            retry_after_ms=error.retry_after_ms,
            refused=error.refused,
            content=content,
            usage=reply.usage,
            nusd=nusd,
            priced_by=source,
        )

    def _whole(self, reply: Reply) -> tuple[ModelBlock, ...]:
        """The content, long texts in the blob store. Nothing here waits, so a cancelled call keeps its content too."""
        reply.end()
        return outsource(reply.content, self._blobs.put)

    def _priced(self, intent: ModelRequested, usage: Usage) -> tuple[int | None, str]:
        if usage == Usage():
            return None, ""
        priced = self._price(intent.model, intent.provider, usage, datetime.now(UTC), intent.base_url)
        return priced or (None, "")


def _key(model: Asked) -> tuple[str, str, str]:
    return (model.provider, model.api, model.base_url)


def _unable(error: ClawError) -> CallFailed:
    """The call could not be made: no key, no way to the server, or a blob of the request is missing."""
    failure: Failure = "auth" if isinstance(error, ProviderError) else "invalid_request"
    failure = "connection" if isinstance(error, RouteUnusable) else failure
    text = f"{error.message} ({error.hint})" if error.hint else error.message
    return CallFailed(failure, text, retryable=False)


def _stopped(error: BaseException) -> CallFailed:
    """Cancelled, or a fault of claw's own, which is raised on after the terminal event."""
    if isinstance(error, anyio.get_cancelled_exc_class()):
        return CallFailed("interrupted", "Interrupted.", retryable=False)
    return CallFailed("lost", f"claw failed while it read the reply: {type(error).__name__}.", retryable=False)
