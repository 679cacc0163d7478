"""How a request gets to a server and its answer back, as bytes: the seam below the dialects.

`http` speaks HTTP itself and is imported in a moment. The official clients (`claw.providers.sdk`) take seconds; they
are what the other one is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2

import claw
from claw.providers.route import Route

TIMEOUT = httpx2.Timeout(connect=10, read=600, write=60, pool=60)
"""Seconds. `read` is the longest silence inside a stream; the APIs send a ping or a piece far more often."""

LONGEST_ERROR = 1024 * 1024
"""Bytes read of an answer that is an error."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go, and as whom: `headers` hold the credentials, of which `secret` is what no message may show."""

    base_url: str
    route: Route
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""


class StatusError(Exception):
    """The server answered with another status than 2xx. `said` is its JSON, or else its text."""

    def __init__(self, status: int, headers: Mapping[str, str], said: object) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.headers = headers
        self.said = said


class Transport(Protocol):
    """The way to one endpoint. Never tries again, never follows a redirect. Safe to use concurrently and to cancel."""

    async def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> httpx2.Response:
        """The answer with status 2xx, its body still to be read; whoever gets it closes it.

        Raises StatusError, httpx2.HTTPError, and ValueError for what cannot be sent.
        """
        ...

    async def close(self) -> None: ...


class HttpTransport:
    """One pool of connections."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises RouteUnusable for a proxy that cannot be used."""
        self._client = endpoint.route.client(TIMEOUT)
        self._base_url = endpoint.base_url
        self._headers = {
            "accept": "text/event-stream, application/json",
            "content-type": "application/json",
            "user-agent": f"claw/{claw.__version__}",
            **endpoint.headers,
        }

    async def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> httpx2.Response:
        content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        try:
            request = self._client.build_request(
                "POST", self._base_url + path, content=content, headers={**self._headers, **headers}
            )
        except httpx2.InvalidURL as error:
            raise ValueError(str(error)) from None
        response = await self._client.send(request, stream=True, follow_redirects=False)
        if response.is_success:
            return response
        raise StatusError(response.status_code, response.headers, await _said(response))

    async def close(self) -> None:
        await self._client.aclose()


async def _said(response: httpx2.Response) -> object:
    data = b""
    try:
        async for chunk in response.aiter_bytes():
            data += chunk
            if len(data) > LONGEST_ERROR:
                break
    except (httpx2.HTTPError, httpx2.StreamError):
        pass  # the status says what matters
    finally:
        await response.aclose()
    text = data[:LONGEST_ERROR].decode(response.charset_encoding or "utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
