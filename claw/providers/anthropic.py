"""Anthropic's Messages API through its SDK. Importing this imports the SDK (2 s of CPU): only the factory does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anthropic

from claw.events.request import Request
from claw.events.session import Model
from claw.providers import keys
from claw.providers.anthropic_stream import Decoder
from claw.providers.anthropic_wire import BINDING_BETA, body_of
from claw.providers.base import LoadBlob
from claw.providers.route import Route, key_of
from claw.providers.transport import TIMEOUT, SdkProvider

OFFICIAL = "https://api.anthropic.com"


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

    def __init__(self, *, official: bool) -> None:
        self._official = official

    def encode(self, request: Request, load: LoadBlob) -> tuple[dict[str, Any], dict[str, str]]:
        body = body_of(request, load, official=self._official)
        bound = "block_binding" in body.get("thinking", {})
        return body, {"anthropic-beta": BINDING_BETA} if bound else {}

    def decoder(self) -> Decoder:
        return Decoder()


def connect(model: Model, environment: Mapping[str, str]) -> SdkProvider:
    """The key from ANTHROPIC_API_KEY, else a bearer token from ANTHROPIC_AUTH_TOKEN. Raises KeyMissing without both.

    The SDK sends a key as a bearer token too. Servers that imitate the API of before look for it in `x-api-key`, so a
    base URL that is not Anthropic's gets it there as well. A redirect is never followed.
    """
    base = (model.base_url or environment.get("ANTHROPIC_BASE_URL") or OFFICIAL).rstrip("/").removesuffix("/v1")
    official = base == OFFICIAL
    key = key_of("ANTHROPIC_API_KEY", environment)
    token = "" if key else key_of("ANTHROPIC_AUTH_TOKEN", environment)
    if model.provider == "scripted":
        key, token = "no key is needed", ""
    keys.require(model, environment)
    route = Route.to(base, environment)
    client = anthropic.AsyncAnthropic(
        api_key=key or None,
        auth_token=token or None,
        base_url=base,
        timeout=TIMEOUT,
        max_retries=0,
        http_client=route.client(TIMEOUT),
        open_telemetry=False,
        default_headers={"x-api-key": key} if key and not official else None,
    )
    return SdkProvider(anthropic, client, Messages(official=official), secret=key or token, route=route)
