"""Chat Completions, of OpenAI and of any compatible server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from claw.events.request import Request
from claw.events.session import Model
from claw.late import load
from claw.providers.abilities import Server, server_of
from claw.providers.base import LoadBlob
from claw.providers.chat_wire import body_of, ready_for
from claw.providers.openai_client import base_url, cache_key, endpoint
from claw.providers.service import Service, serve

if TYPE_CHECKING:
    from claw.providers.chat_stream import Decoder


class Chat:
    """The dialect."""

    path = "/chat/completions"
    omissible: tuple[str, ...] = (
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "tool_choice",
        "reasoning_effort",
        "prompt_cache_key",
        "stream",
        "reasoning_content",
        "reasoning",
        "reasoning_details",
        "thinking_blocks",
        "extra_content",
        "provider_specific_fields",
    )

    replaceable = False

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ready = ready_for(server)

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        body = body_of(request, load, server=self._server, ready=self._ready)
        return (body | {"prompt_cache_key": cache_key(request)} if self._server.cache_key else body), {}

    def decoder(self) -> Decoder:
        made: Decoder = load("claw.providers.chat_stream", "Decoder")()
        return made


def connect(model: Model, environment: Mapping[str, str]) -> Service:
    """Raises KeyMissing without a key for OpenAI itself; other servers may need none."""
    server = server_of(base_url(model, environment))
    return serve("openai-chat", endpoint(model, environment), Chat(server), environment)
