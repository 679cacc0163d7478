"""Anthropic's Messages API, of Anthropic and of servers that imitate it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from claw.events.request import Request
from claw.events.session import Model
from claw.late import load
from claw.providers import keys
from claw.providers.abilities import Server, server_of
from claw.providers.anthropic_wire import BINDING_BETA, body_of, ready_for
from claw.providers.base import LoadBlob
from claw.providers.route import Route, key_of
from claw.providers.service import Service, serve
from claw.providers.transport import Endpoint

OFFICIAL = "https://api.anthropic.com"
VERSION = "2026-10-21"
"""Of the API, as the official client of the same time sends it."""

if TYPE_CHECKING:
    from claw.providers.anthropic_stream import Decoder


class Messages:
    """The dialect."""

    path = "/v1/messages"
    omissible: tuple[str, ...] = (
        "thinking.block_binding",
        "thinking.display",
        "thinking",
        "output_config",
        "tool_choice",
        "cache_control",
        "is_error",
        "stream",
    )

    replaceable = False

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ready = ready_for(server)

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        body = body_of(request, load, server=self._server, ready=self._ready)
        bound = "block_binding" in body.get("thinking", {})
        return body, {"anthropic-beta": BINDING_BETA} if bound else {}

    def decoder(self) -> Decoder:
        made: Decoder = load("claw.providers.anthropic_stream", "Decoder")()
        return made


def connect(model: Model, environment: Mapping[str, str]) -> Service:
    """The key from ANTHROPIC_API_KEY, else a bearer token from ANTHROPIC_AUTH_TOKEN. Raises KeyMissing without both.

    A key goes out as a bearer token too, as the official client sends it. Servers that imitate the API of before look
    for it in `x-api-key`, so a base URL that is not Anthropic's gets it there as well.
    """
    base = (model.base_url or environment.get("ANTHROPIC_BASE_URL") or OFFICIAL).rstrip("/").removesuffix("/v1")
    server = server_of(base)
    key = key_of("ANTHROPIC_API_KEY", environment)
    token = "" if key else key_of("ANTHROPIC_AUTH_TOKEN", environment)
    if model.provider == "scripted":
        key, token = "no key is needed", ""
    keys.require(model, environment)
    secret = key or token
    headers = {"anthropic-version": VERSION, "authorization": f"Bearer {secret}"}
    if key and not server.strict:
        headers["x-api-key"] = key
    endpoint = Endpoint(base, Route.to(base, environment), headers, secret)
    return serve("anthropic", endpoint, Messages(server), environment)
