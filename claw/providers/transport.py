"""The `sdk` transport: one streaming request through an official client, with the client's errors in claw's words.

The client sends, authenticates and cuts the stream into JSON records; a dialect turns requests and records into claw's
terms. The dialects know no SDK, so that another transport may use them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from types import ModuleType
from typing import Any, Protocol

import httpx2
import msgspec

from claw.events.request import Request
from claw.providers.base import CallFailed, Closed, Completion, Item, LoadBlob, Piece
from claw.providers.failures import broken, error_of, failed, sentence
from claw.providers.route import Route

TIMEOUT = httpx2.Timeout(connect=10, read=600, write=60, pool=60)
"""Seconds. `read` is the longest silence inside a stream; the APIs send a ping or a piece far more often."""


class Decoder(Protocol):
    """Takes the records of one stream in order."""

    def feed(self, record: dict[str, Any]) -> Iterator[Piece | Closed]:
        """Raises CallFailed for an error record, msgspec.ValidationError for one that is none of the protocol."""
        ...

    def completion(self) -> Completion:
        """After the last record. Raises CallFailed when the stream was not whole."""
        ...


class Dialect(Protocol):
    """One API: what to ask for, and how to read what comes."""

    path: str

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        """The JSON body and the headers besides the client's own."""
        ...

    def decoder(self) -> Decoder: ...


class SdkProvider:
    """A `Provider` of one API through one client. `sdk` is the client's package; `secret` never shows in a message;
    `options` are the client's own for each request; `route` tells what stands on the way to the server.
    """

    def __init__(
        self,
        sdk: ModuleType,
        client: Any,
        dialect: Dialect,
        *,
        secret: str = "",
        options: Mapping[str, Any] | None = None,
        route: Route | None = None,
    ) -> None:
        self._sdk = sdk
        self._client = client
        self._dialect = dialect
        self._secret = secret
        self._options = options or {}
        self._route = route or Route()

    async def stream(self, request: Request, load: LoadBlob) -> AsyncGenerator[Item, None]:
        body, headers = self._dialect.encode(request, load)
        decoder = self._dialect.decoder()
        try:
            async with aclosing(self._records(body, headers)) as records:
                async for record in records:
                    if not isinstance(record, dict):
                        raise broken(f"the stream holds a record that is no object: {record!r}")
                    for item in decoder.feed(record):
                        yield item
            completion = decoder.completion()
        except (self._sdk.APIError, httpx2.HTTPError, httpx2.StreamError, ValueError, msgspec.MsgspecError) as error:
            raise self._translated(error) from error
        yield completion

    async def _records(self, body: dict[str, Any], headers: dict[str, str]) -> AsyncGenerator[object, None]:
        response = await self._client.post(
            self._dialect.path,
            body=body,
            cast_to=object,
            options={
                **self._options,
                "headers": {**self._options.get("headers", {}), **headers},
                "follow_redirects": False,
            },
            stream=True,
            stream_cls=self._sdk.AsyncStream[object],
        )
        async with response, aclosing(aiter(response)) as records:
            async for record in records:
                yield record

    def _translated(self, error: Exception) -> CallFailed:
        match error:
            case self._sdk.APITimeoutError() | httpx2.TimeoutException():
                return CallFailed("timeout", "The provider did not answer in time.", retryable=True)
            case self._sdk.APIStatusError():
                return self._refused(error)
            case self._sdk.APIConnectionError() | httpx2.HTTPError() | httpx2.StreamError():
                message, retryable = self._route.explain(error)
                return CallFailed("connection", sentence(message, secret=self._secret), retryable=retryable)
            case self._sdk.APIError():
                return self._refused(error)
        return broken(f"The provider's stream cannot be read: {error}")

    def _refused(self, error: Any) -> CallFailed:
        """An error object: with an error status, or inside a stream, where the status was 200."""
        status: int | None = getattr(error, "status_code", None)
        headers: Mapping[str, str] = error.response.headers if status else {}
        kinds, message = error_of(error.body)
        message = message or (f"the provider answered with status {status}" if status else "the provider failed")
        streamed = status is None or status < 300
        return failed(
            message=message,
            status=None if streamed else status,
            kinds=kinds,
            headers=headers,
            secret=self._secret,
        )

    async def close(self) -> None:
        await self._client.close()
