"""The official clients as a transport. Importing a client takes a second (OpenAI's) or two (Anthropic's) of CPU, so it
is imported when it is first asked for.
"""

from __future__ import annotations

import importlib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import anyio
import httpx2

from claw._native import RecordCutter
from claw.events.content import Api
from claw.providers.records import Raw
from claw.providers.route import Proxy, Route
from claw.providers.transport import (
    CONNECT_S,
    DRAIN_S,
    READ_S,
    WRITE_S,
    Endpoint,
    Form,
    StatusError,
    TransportFailed,
    Trouble,
)

OF_ACCOUNTS = ("authorization", "openai-organization", "openai-project")
"""Headers that a client takes from the process's environment where it is given none."""

_TIMEOUT = httpx2.Timeout(connect=CONNECT_S, read=READ_S, write=WRITE_S, pool=60)
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), 60)
        for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL")
        if hasattr(socket, name)
    ),
]
"""A connection that waits for a slow model is kept, and one whose other end is gone is noticed."""


class SdkTransport:
    """One client of the API's own package. It gets its credentials from the endpoint and from nowhere else."""

    def __init__(self, api: Api, endpoint: Endpoint) -> None:
        """Raises RouteUnusable for a proxy that cannot be used."""
        self._sdk = _package(api)
        options: dict[str, Any] = {
            "api_key": "in the headers",
            "base_url": endpoint.base_url,
            "timeout": _TIMEOUT,
            "max_retries": 0,
            "http_client": _client(endpoint.route),
        }
        if api == "anthropic":
            self._client: Any = self._sdk.AsyncAnthropic(**options, open_telemetry=False)
            self._options: dict[str, Any] = {}
        else:
            self._client = self._sdk.AsyncOpenAI(**options, admin_api_key="", _enforce_credentials=False)
            self._options = {"security": {"bearer_auth": True}}
        nobody = dict.fromkeys(OF_ACCOUNTS, self._sdk.Omit())
        self._headers = {**nobody, **endpoint.headers}

    async def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> SdkAnswer:
        options = {**self._options, "headers": {**self._headers, **headers}, "follow_redirects": False}
        try:
            response: httpx2.Response = await self._client.post(
                path, body=body, cast_to=httpx2.Response, options=options, stream=True
            )
        except self._sdk.APIStatusError as error:
            raise StatusError(error.status_code, error.response.headers, error.body) from error
        except self._sdk.APIConnectionError as error:
            raise _failed(error, isinstance(error, self._sdk.APITimeoutError)) from error
        except self._sdk.APIError as error:
            raise ValueError(str(error)) from error
        return SdkAnswer(response)

    async def close(self) -> None:
        await self._client.close()


class SdkAnswer:
    """The bytes that a client's HTTP received, cut as those of claw's own."""

    def __init__(self, response: httpx2.Response) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._chunks = response.aiter_bytes()
        self._cutter = RecordCutter()
        self._left = False

    @property
    def form(self) -> Form:
        return self._cutter.form

    @property
    def said(self) -> str:
        return self._cutter.said

    async def batch(self) -> Sequence[Raw]:
        while not self._cutter.is_full:
            try:
                chunk = await anext(self._chunks, None)
            except (httpx2.HTTPError, httpx2.StreamError) as error:
                raise _failed(error, isinstance(error, httpx2.TimeoutException)) from error
            if chunk is None:
                break
            try:
                records = self._cutter.feed(chunk)
            except ValueError as error:
                raise TransportFailed("broken", str(error)) from None
            if records:
                return records
        return self.rest()

    def rest(self) -> Sequence[Raw]:
        return self._cutter.end()

    def leave(self) -> None:
        self._left = True

    async def close(self) -> None:
        if self._left:
            with anyio.move_on_after(DRAIN_S):
                await self._drain()
        await self._chunks.aclose()
        await self._response.aclose()

    async def _drain(self) -> None:
        try:
            async for _ in self._chunks:
                pass
        except (httpx2.HTTPError, httpx2.StreamError):
            return


def _package(api: Api) -> ModuleType:
    return importlib.import_module("anthropic") if api == "anthropic" else importlib.import_module("openai")


def _client(route: Route) -> httpx2.AsyncClient:
    trusted = _context(route)
    try:
        transport = httpx2.AsyncHTTPTransport(
            verify=trusted or False,
            trust_env=False,
            limits=_LIMITS,
            proxy=_through(route.proxy, trusted),
            socket_options=_ALIVE,
        )
    except (ValueError, httpx2.InvalidURL) as error:
        raise route.unusable(str(error)) from None
    return httpx2.AsyncClient(transport=transport, timeout=_TIMEOUT, trust_env=False)


def _through(proxy: Proxy | None, trusted: ssl.SSLContext | None) -> httpx2.Proxy | None:
    encrypted = proxy is not None and proxy.url.startswith("https:")
    return None if proxy is None else httpx2.Proxy(proxy.url, ssl_context=trusted if encrypted else None)


def _context(route: Route) -> ssl.SSLContext | None:
    if route.trusted is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificates := b"".join(route.trusted.der()):
        context.load_verify_locations(cadata=certificates)
    return context


def _failed(error: BaseException, took_too_long: bool) -> TransportFailed:
    causes = list(_causes(error))
    refused = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if refused is not None:
        return TransportFailed("untrusted", refused.verify_message)
    trouble: Trouble = "timeout" if took_too_long else "connection"
    return TransportFailed(trouble, next((text for cause in causes[1:] if (text := str(cause).strip())), str(error)))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
