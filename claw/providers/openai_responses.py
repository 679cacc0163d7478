"""OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from claw.events.request import Request
from claw.events.session import Model
from claw.late import load
from claw.providers.abilities import Server, server_of
from claw.providers.base import LoadBlob
from claw.providers.freeform import freeform_of
from claw.providers.openai_client import base_url, cache_key, endpoint
from claw.providers.ready import Ready
from claw.providers.responses_wire import body_of, ready_for
from claw.providers.service import Service, serve

if TYPE_CHECKING:
    from claw.providers.responses_stream import Decoder


class Responses:
    """The dialect."""

    path = "/responses"
    omissible: tuple[str, ...] = (
        "reasoning.summary",
        "reasoning",
        "include",
        "store",
        "max_output_tokens",
        "tool_choice",
        "prompt_cache_key",
        "strict",
        "phase",
        "stream",
    )

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ready: dict[frozenset[str], Ready] = {}
        self.replaceable = not server.strict

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        freeform = freeform_of(request, self._server)
        ready = self._ready.setdefault(freeform, ready_for(self._server, freeform))
        body = body_of(request, load, server=self._server, ready=ready)
        return (body | {"prompt_cache_key": cache_key(request)} if self._server.cache_key else body), {}

    def decoder(self) -> Decoder:
        made: Decoder = load("claw.providers.responses_stream", "Decoder")()
        return made


def connect(model: Model, environment: Mapping[str, str]) -> Service:
    """Raises KeyMissing without a key."""
    server = server_of(base_url(model, environment))
    return serve("openai-responses", endpoint(model, environment), Responses(server), environment)
