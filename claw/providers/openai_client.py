"""What both OpenAI dialects share: the endpoint, and the key under which a server caches a conversation."""

from __future__ import annotations

from collections.abc import Mapping

from claw.events.request import Request
from claw.events.session import Model
from claw.late import load
from claw.providers import keys
from claw.providers.route import Route, key_of
from claw.providers.transport import Endpoint

OFFICIAL = keys.OPENAI

_OF_ACCOUNT = {"openai-organization": "OPENAI_ORG_ID", "openai-project": "OPENAI_PROJECT_ID"}


def base_url(model: Model, environment: Mapping[str, str]) -> str:
    return (model.base_url or environment.get("OPENAI_BASE_URL") or OFFICIAL).rstrip("/")


def endpoint(model: Model, environment: Mapping[str, str]) -> Endpoint:
    """With the key of OPENAI_API_KEY. Raises KeyMissing without one, unless another server is asked: a local one
    needs none.
    """
    base = base_url(model, environment)
    key = "no key is needed" if model.provider == "scripted" else key_of("OPENAI_API_KEY", environment)
    keys.require(model, environment)
    headers = {header: value for header, name in _OF_ACCOUNT.items() if (value := key_of(name, environment))}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return Endpoint(base, Route.to(base, environment), headers, key)


def cache_key(request: Request) -> str:
    """The same for all requests of a conversation, so that they reach the machine that has it cached: whatever becomes
    of its beginning, and in its forks, which begin as it does.
    """
    digest: str = load("hashlib", "sha256")(request.conversation.encode()).hexdigest()
    return f"claw-{digest[:32]}"
