"""The provider of a model. Each API's module is imported when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from claw.errors import ProviderError
from claw.events.content import Api
from claw.events.hook import Judge
from claw.events.model import ModelRequested
from claw.events.session import Model
from claw.providers.base import Provider

_MODULES: dict[Api, str] = {
    "anthropic": "claw.providers.anthropic",
    "openai-responses": "claw.providers.openai_responses",
    "openai-chat": "claw.providers.openai_chat",
}

SCRIPTED_URL = "CLAW_SCRIPTED_URL"
"""Where the scripted server listens; it goes before a recorded address, which was another process's."""


def connect(model: Model | ModelRequested | Judge, environment: Mapping[str, str]) -> Provider:
    """Raises ProviderError when the environment lacks the key; opens no connection yet."""
    if not isinstance(model, Model):
        model = Model(provider=model.provider, api=model.api, name=model.model, base_url=model.base_url)
    if model.provider == "scripted":
        model = _scripted(model, environment)
    connected: Provider = importlib.import_module(_MODULES[model.api]).connect(model, environment)
    return connected


def _scripted(model: Model, environment: Mapping[str, str]) -> Model:
    url = environment.get(SCRIPTED_URL) or model.base_url
    if not url:
        raise ProviderError(
            f"No scripted model to talk to: {SCRIPTED_URL} is not set.",
            hint="python -m claw.providers.scripted SCENARIO.json",
        )
    return Model(provider=model.provider, api=model.api, name=model.name, base_url=url)
