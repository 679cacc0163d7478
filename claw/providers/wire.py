"""claw's own HTTP: `claw._native` sends, receives and cuts into records on a thread of its own.

The event loop is woken through a file descriptor, once for all that has arrived meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import claw
from claw._native import Exchange, WireClient
from claw.providers.ready import body_as_json
from claw.providers.records import Raw
from claw.providers.transport import CONNECT_S, READ_S, WRITE_S, Endpoint, Form, StatusError, TransportFailed


class WireTransport:
    """One pool of connections."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Opens no connection. Raises RouteUnusable for a proxy that cannot be used."""
        route = endpoint.route
        proxy = route.proxy.url if route.proxy else None
        try:
            self._client = WireClient(proxy, route.trusted, connect=CONNECT_S, read=READ_S, write=WRITE_S)
        except ValueError as error:
            raise route.unusable(str(error)) from None
        self._base_url = endpoint.base_url
        self._headers = {
            "accept": "text/event-stream, application/json",
            "content-type": "application/json",
            "user-agent": f"claw/{claw.__version__}",
            **endpoint.headers,
        }

    async def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> WireAnswer:
        content = body_as_json(body)
        sent = [*(self._headers | dict(headers)).items()]
        answer = WireAnswer(self._client.post(self._base_url + path, sent, content))
        try:
            said = await answer.begin()
        except BaseException:
            await answer.close()
            raise
        if 200 <= answer.status < 300:
            return answer
        await answer.close()
        raise StatusError(answer.status, answer.headers, _value(said))

    async def close(self) -> None:
        self._client.close()


class WireAnswer:
    """Belongs to the event loop in which it was made."""

    def __init__(self, exchange: Exchange) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self._exchange = exchange
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None
        self._bell = exchange.fileno()
        self._loop.add_reader(self._bell, self._rings)

    @property
    def form(self) -> Form:
        return self._exchange.form

    @property
    def said(self) -> str:
        return self._exchange.said

    async def begin(self) -> str:
        """The text of an answer with another status than 2xx. Raises TransportFailed."""
        while (head := self._exchange.head()) is None:
            await self._ring()
        self.status, self.headers, said = head
        if not self.status:
            self._check()
        return said

    async def batch(self) -> Sequence[Raw]:
        # Where records wait already, others of the event loop come first all the same.
        await asyncio.sleep(0)
        while (records := self._exchange.take()) is None:
            await self._ring()
        if not records:
            self._check()
        return records

    def rest(self) -> Sequence[Raw]:
        return self._exchange.rest()

    def leave(self) -> None:
        self._exchange.leave()

    async def close(self) -> None:
        self._loop.remove_reader(self._bell)
        self._exchange.cancel()

    def _check(self) -> None:
        failure = self._exchange.failure
        if failure is not None:
            raise TransportFailed(*failure)

    async def _ring(self) -> None:
        self._waiting = self._loop.create_future()
        await self._waiting

    def _rings(self) -> None:
        self._exchange.hush()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
