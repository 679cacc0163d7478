"""The client that both OpenAI dialects use. Importing this imports the SDK (1 s of CPU)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
import openai

from claw.events.request import Request
from claw.events.session import Model
from claw.providers import keys
from claw.providers.route import Route, key_of
from claw.providers.transport import TIMEOUT, Dialect, SdkProvider

OFFICIAL = keys.OPENAI


def base_url(model: Model, environment: Mapping[str, str]) -> str:
    return (model.base_url or environment.get("OPENAI_BASE_URL") or OFFICIAL).rstrip("/")


def provider(model: Model, environment: Mapping[str, str], dialect: Dialect) -> SdkProvider:
    """With the key of OPENAI_API_KEY. Raises KeyMissing without one, unless another server is asked: a local one
    needs none. The SDK's other sources of credentials (OPENAI_ADMIN_KEY) are left out.
    """
    base = base_url(model, environment)
    key = "no key is needed" if model.provider == "scripted" else key_of("OPENAI_API_KEY", environment)
    keys.require(model, environment)
    route = Route.to(base, environment)
    client = openai.AsyncOpenAI(
        api_key=key,
        admin_api_key="",
        organization=key_of("OPENAI_ORG_ID", environment) or None,
        project=key_of("OPENAI_PROJECT_ID", environment) or None,
        base_url=base,
        timeout=TIMEOUT,
        max_retries=0,
        http_client=route.client(TIMEOUT),
        _enforce_credentials=False,
    )
    nobody = {} if key else {"Authorization": openai.Omit()}
    options = {"security": {"bearer_auth": True}, "headers": nobody}
    return SdkProvider(openai, client, dialect, secret=key, options=options, route=route)


def cache_key(request: Request) -> str:
    """The same for all requests of a conversation, so that they reach the machine that has it cached."""
    parts = msgspec.json.encode((request.system, request.messages[:1]))
    return "claw-" + hashlib.sha256(parts).hexdigest()[:32]
