"""One streaming request through a transport, in the terms of one dialect, with every error in claw's words.

The transport sends and authenticates; `answer` cuts what comes into records, and a dialect turns requests and records
into claw's terms. The dialects know no transport, and the transports no dialect.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import anyio
import httpx2

from claw.errors import ProviderError
from claw.events.content import Api
from claw.events.request import API, Request
from claw.execution.credentials import is_maskable
from claw.providers.answer import Answer
from claw.providers.base import CallFailed, Closed, Completion, Item, LoadBlob, Piece
from claw.providers.failures import LONGEST_MESSAGE, error_of, failed, sentence
from claw.providers.refusals import is_another_api, leave_out, may_be_refusal, refused_part
from claw.providers.sdk import SdkTransport
from claw.providers.transport import Endpoint, HttpTransport, StatusError, Transport

GRACE_S = 3.0
"""How long more is waited for once a reply is whole: its usage may follow."""
DRAIN_S = 0.25
"""How long for the connection's end once nothing more is expected, so that the connection can be used again."""


class Decoder(Protocol):
    """Takes the records of one stream, or one whole reply, in order."""

    @property
    def began(self) -> bool:
        """Whether anything came that belongs to a reply."""
        ...

    @property
    def whole(self) -> bool:
        """Whether the reply has its end, whatever the connection does now."""
        ...

    @property
    def over(self) -> bool:
        """Whether nothing more is expected, not even usage."""
        ...

    def feed(self, record: dict[str, Any]) -> Iterator[Piece | Closed]:
        """Raises CallFailed for an error record, and for one with content that cannot be placed."""
        ...

    def done(self) -> None:
        """The server said so."""
        ...

    def end(self) -> Iterator[Piece | Closed]:
        """What was held back, after the last record. Raises CallFailed as `feed` does."""
        ...

    def completion(self) -> Completion:
        """After that. Raises CallFailed when the stream was not whole, or the reply says nothing."""
        ...


class Dialect(Protocol):
    """One API: what to ask for, and how to read what comes."""

    path: str
    omissible: tuple[str, ...]
    """Parts of the body that a request can do without; see `refusals`."""
    replaceable: bool
    """Whether a server that does not have this API may have Chat Completions."""

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        """The JSON body, and the headers besides the endpoint's."""
        ...

    def decoder(self) -> Decoder: ...


def address(url: str) -> str:
    """What a message may name of it: neither a password nor a query."""
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "no valid address"
    return str(parts.copy_with(username=None, password=None, query=None, fragment=None))


TRANSPORT = "CLAW_TRANSPORT"
"""Names how requests are sent: `http`, as by default, or `sdk` for the official clients."""


def serve(api: Api, endpoint: Endpoint, dialect: Dialect, environment: Mapping[str, str]) -> Service:
    """The API at this endpoint, through the transport that the environment names. Raises ProviderError."""
    match environment.get(TRANSPORT) or "http":
        case "http":
            return Service(endpoint, HttpTransport(endpoint), dialect)
        case "sdk":
            return Service(endpoint, SdkTransport(api, endpoint), dialect)
        case other:
            raise ProviderError(
                f"{TRANSPORT} names a transport that claw does not have: {other!r}.",
                hint=f"unset {TRANSPORT}, or export {TRANSPORT}=sdk for the official clients",
            )


class Service:
    """A `Provider` of one API at one endpoint, through one transport."""

    def __init__(self, endpoint: Endpoint, transport: Transport, dialect: Dialect) -> None:
        self._transport = transport
        self._dialect = dialect
        self._route = endpoint.route
        self._secret = endpoint.secret if is_maskable(endpoint.secret, key=True) else ""
        self._address = address(endpoint.base_url + dialect.path)

    async def stream(self, request: Request, load: LoadBlob) -> AsyncGenerator[list[Item], None]:
        body, headers = self._dialect.encode(request, load)
        body = leave_out(body, tuple(name for name in request.parameters.without if name in self._dialect.omissible))
        decoder = self._dialect.decoder()
        try:
            async with aclosing(self._read(body, headers, decoder)) as batches:
                async for items in batches:
                    yield items
            last: list[Item] = [*decoder.end(), decoder.completion()]
        except (CallFailed, StatusError, httpx2.HTTPError, httpx2.StreamError, ValueError) as error:
            raise self._translated(error, body) from error
        yield last

    async def _read(
        self, body: dict[str, Any], headers: dict[str, str], decoder: Decoder
    ) -> AsyncGenerator[list[Item], None]:
        response = await self._transport.post(self._dialect.path, body, headers)
        answer = Answer()
        try:
            async with aclosing(response.aiter_bytes()) as chunks:
                while not answer.full and (chunk := await _next(chunks, decoder)) is not None:
                    items, error = _fed(decoder, answer.feed(chunk))
                    if items:
                        yield items
                    if error:
                        raise error
                items, error = _fed(decoder, answer.end())
                if items:
                    yield items
                if error:
                    raise error
        except (CallFailed, httpx2.HTTPError, httpx2.StreamError):
            # The reply may end in a record behind which only an empty line is missing.
            if items := _fed(decoder, answer.end())[0]:
                yield items
            if not decoder.whole:
                if answer.form == "json" and answer.records == 1 and not decoder.began:
                    self._check(answer, response, body)
                raise
        finally:
            await response.aclose()
        if not decoder.began:
            self._check(answer, response, body)
        elif answer.form == "json" and answer.records == 1:
            decoder.done()

    def _check(self, answer: Answer, response: httpx2.Response, body: dict[str, Any]) -> None:
        """Raises CallFailed with what the server said instead of a reply; a stream that broke off is its decoder's."""
        status = f"with status {response.status_code}"
        if answer.last is not None and (answer.form == "json" or error_of(answer.last)[1]):
            raise self._said(answer.last, response.status_code, response.headers, body)
        if answer.records:
            return
        if words := answer.words():
            what = "a page" if answer.form == "page" else "a text"
            message = f"{self._address} answered {status} and {what}, not with a model's reply: {words}"
            raise CallFailed("malformed_stream", sentence(message, secret=self._secret), retryable=False)
        raise CallFailed("empty", f"{self._address} answered {status} and an empty stream.", retryable=True)

    def _translated(self, error: Exception, body: dict[str, Any]) -> CallFailed:
        match error:
            case CallFailed():
                return self._placed(error)
            case httpx2.TimeoutException():
                return CallFailed("timeout", f"{self._address} did not answer in time.", retryable=True)
            case StatusError():
                return self._said(error.said, error.status, error.headers, body)
            case ValueError():
                message = f"{self._address} cannot be asked: {error}"
                return CallFailed("invalid_request", sentence(message, secret=self._secret), retryable=False)
        message, retryable = self._route.explain(error)
        return CallFailed("connection", sentence(message, secret=self._secret), retryable=retryable)

    def _said(self, said: object, status: int, headers: Mapping[str, str], body: dict[str, Any]) -> CallFailed:
        """An error with its status, or with status 200 where a reply belongs."""
        kinds, message = error_of(said)
        words = message or (json.dumps(said)[:LONGEST_MESSAGE] if said else "it does not say why")
        if 300 <= status < 400 and "location" in headers:
            words = f"{words}; it points to {address(headers['location'])}, which is not followed"
        error = failed(message=words, status=status if status >= 300 else None, kinds=kinds, headers=headers)
        unknown = status < 300 and error.failure == "server" and not kinds
        return CallFailed(
            error.failure,
            sentence(f"{self._address} answered with status {status}: {words}", secret=self._secret),
            retryable=error.retryable and not unknown,
            status=error.status,
            retry_after_ms=error.retry_after_ms,
            refused=self._refused(said, words, error, kinds, status, body),
        )

    def _refused(
        self, said: object, words: str, error: CallFailed, kinds: tuple[str, ...], status: int, body: dict[str, Any]
    ) -> str:
        if self._dialect.replaceable and is_another_api(status, kinds, words):
            return API
        return refused_part(said, words, body, self._dialect.omissible) if may_be_refusal(error) else ""

    def _placed(self, error: CallFailed) -> CallFailed:
        """With the address of the server that it came from."""
        if self._address in error.message:
            return error
        return CallFailed(
            error.failure,
            sentence(f"{self._address}: {error.message}", secret=self._secret),
            retryable=error.retryable,
            status=error.status,
            retry_after_ms=error.retry_after_ms,
        )

    async def close(self) -> None:
        await self._transport.close()


async def _next(chunks: AsyncIterator[bytes], decoder: Decoder) -> bytes | None:
    """None at the end of the body, or when a whole reply is followed by nothing for a while."""
    limit = DRAIN_S if decoder.over else GRACE_S if decoder.whole else None
    with anyio.move_on_after(limit):
        return await anext(chunks, None)
    return None


def _fed(decoder: Decoder, records: Iterator[dict[str, Any] | None]) -> tuple[list[Item], CallFailed | None]:
    """What the records hold, and what is wrong with the record behind them. None among the records means that the
    server is done.
    """
    items: list[Item] = []
    try:
        for record in records:
            if record is None:
                decoder.done()
            elif not decoder.over:
                items.extend(decoder.feed(record))
    except CallFailed as error:
        return items, error
    return items, None
