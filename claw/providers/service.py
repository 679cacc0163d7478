"""One streaming request through a transport, in the terms of one dialect, with every error in claw's words.

The transport sends, authenticates and cuts what comes into records; a dialect turns requests and records into claw's
terms. The dialects know no transport, and the transports no dialect.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import anyio

from claw.errors import ProviderError
from claw.events.content import Api
from claw.events.request import API, Request
from claw.execution.credentials import is_maskable
from claw.providers.base import CallFailed, Closed, Completion, Item, LoadBlob, Piece
from claw.providers.failures import LONGEST_MESSAGE, broken, error_of, failed, sentence
from claw.providers.page import words_of_page
from claw.providers.records import Raw, Records
from claw.providers.refusals import is_another_api, leave_out, may_be_refusal, refused_part
from claw.providers.transport import Answer, Endpoint, StatusError, Transport, TransportFailed
from claw.providers.wire import WireTransport

GRACE_S = 3.0
"""How long more is waited for once a reply is whole: its usage may follow."""


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

    def feed(self, record: dict[str, Any]) -> Iterable[Piece | Closed]:
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
        parts = urlsplit(url)
    except ValueError:
        return "no valid address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


TRANSPORT = "CLAW_TRANSPORT"
"""Names how requests are sent: `wire`, as by default, or `sdk` for the official clients."""


def serve(api: Api, endpoint: Endpoint, dialect: Dialect, environment: Mapping[str, str]) -> Service:
    """The API at this endpoint, through the transport that the environment names. Raises ProviderError."""
    match environment.get(TRANSPORT) or "wire":
        case "wire":
            return Service(endpoint, WireTransport(endpoint), dialect)
        case "sdk":
            # Only here: what the clients are built on takes a tenth of a second to import.
            sdk = importlib.import_module("claw.providers.sdk")
            return Service(endpoint, sdk.SdkTransport(api, endpoint), dialect)
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
        except (CallFailed, StatusError, TransportFailed, ValueError) as error:
            raise self._translated(error, body) from error
        yield last

    async def _read(
        self, body: dict[str, Any], headers: dict[str, str], decoder: Decoder
    ) -> AsyncGenerator[list[Item], None]:
        answer = await self._transport.post(self._dialect.path, body, headers)
        records = Records()
        try:
            while batch := await _next(answer, decoder):
                items, error = _fed(decoder, records.of(batch))
                if items:
                    yield items
                if error:
                    raise error
            items, error = _fed(decoder, records.of(answer.rest()))
            if items:
                yield items
            if error:
                raise error
        except (CallFailed, TransportFailed) as failure:
            # The reply may end in a record behind which only an empty line is missing.
            rest = answer.rest() if isinstance(failure, TransportFailed) else ()
            if items := _fed(decoder, records.of(rest))[0]:
                yield items
            if not decoder.whole:
                if answer.form == "json" and records.count == 1 and not decoder.began:
                    self._check(answer, records, body)
                raise
        finally:
            await answer.close()
        if not decoder.began:
            self._check(answer, records, body)
        elif answer.form == "json" and records.count == 1:
            decoder.done()

    def _check(self, answer: Answer, records: Records, body: dict[str, Any]) -> None:
        """Raises CallFailed with what the server said instead of a reply; a stream that broke off is its decoder's."""
        status = f"with status {answer.status}"
        if records.last is not None and (answer.form == "json" or error_of(records.last)[1]):
            raise self._said(records.last, answer.status, answer.headers, body)
        if records.count:
            return
        if said := answer.said:
            what = "a page" if answer.form == "page" else "a text"
            message = f"{self._address} answered {status} and {what}, not with a model's reply: {words_of_page(said)}"
            raise CallFailed("malformed_stream", sentence(message, secret=self._secret), retryable=False)
        raise CallFailed("empty", f"{self._address} answered {status} and an empty stream.", retryable=True)

    def _translated(self, error: Exception, body: dict[str, Any]) -> CallFailed:
        match error:
            case CallFailed():
                return self._placed(error)
            case StatusError():
                return self._said(error.said, error.status, error.headers, body)
            case TransportFailed(trouble="timeout"):
                return CallFailed("timeout", f"{self._address} did not answer in time.", retryable=True)
            case TransportFailed(trouble="broken"):
                return self._placed(broken(f"The reply cannot be read: {error.reason}."))
            case TransportFailed():
                message, retryable = self._route.explain(error.reason, untrusted=error.trouble == "untrusted")
                return CallFailed("connection", sentence(message, secret=self._secret), retryable=retryable)
        message = f"{self._address} cannot be asked: {error}"
        return CallFailed("invalid_request", sentence(message, secret=self._secret), retryable=False)

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


async def _next(answer: Answer, decoder: Decoder) -> Sequence[Raw]:
    """Nothing at the end of the body, once nothing more is expected, or when a whole reply is followed by nothing for a
    while.
    """
    if decoder.over:
        answer.leave()
        return ()
    if not decoder.whole:
        return await answer.batch()
    with anyio.move_on_after(GRACE_S):
        return await answer.batch()
    return ()


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
