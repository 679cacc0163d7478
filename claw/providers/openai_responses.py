"""OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from claw.events.request import Request
from claw.events.session import Model
from claw.late import load
from claw.providers.base import LoadBlob
from claw.providers.openai_client import OFFICIAL, base_url, cache_key, endpoint
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

    def __init__(self, *, official: bool) -> None:
        self._official = official
        self._ready = ready_for(official)
        self.replaceable = not official

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        body = body_of(request, load, official=self._official, ready=self._ready)
        return (body | {"prompt_cache_key": cache_key(request)} if self._official else body), {}

    def decoder(self) -> Decoder:
        made: Decoder = load("claw.providers.responses_stream", "Decoder")()
        return made


def connect(model: Model, environment: Mapping[str, str]) -> Service:
    """Raises KeyMissing without a key."""
    official = base_url(model, environment) == OFFICIAL
    return serve("openai-responses", endpoint(model, environment), Responses(official=official), environment)
