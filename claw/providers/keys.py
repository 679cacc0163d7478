"""Which services need a key, and where it is looked for."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from claw.errors import KeyMissing
from claw.events.session import Model
from claw.providers.abilities import server_of

ANTHROPIC = "https://api.anthropic.com"
OPENAI = "https://api.openai.com/v1"
DEMO = "claw demo needs none"


SEARCHING = {
    "anthropic": (ANTHROPIC, "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
    "openai-responses": (OPENAI, "OPENAI_BASE_URL", "OPENAI_API_KEY"),
}
"""The services that search the web themselves, by API: address, the variable of another one, and that of the key."""


def searches(model: Model, environment: Mapping[str, str]) -> bool:
    """Whether this model's service searches the web itself: its maker's own, with a key, and none that imitates it."""
    if model.provider == "scripted" or model.api not in SEARCHING:
        return False
    url, other, key = SEARCHING[model.api]
    return server_of(model.base_url or environment.get(other) or url).searches and bool(
        environment.get(key, "").strip()
    )


def in_use(model: Model, environment: Mapping[str, str]) -> str:
    """Which variable has the key that this model's service is asked with, and where the service is; never the key."""
    if model.provider == "scripted":
        return "none: a script answers"
    keys: tuple[str, ...]
    if model.api == "anthropic":
        usual, other, keys = ANTHROPIC, "ANTHROPIC_BASE_URL", ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
    else:
        usual, other, keys = OPENAI, "OPENAI_BASE_URL", ("OPENAI_API_KEY",)
    held = next((name for name in keys if environment.get(name, "").strip()), "no key")
    where = urlsplit(model.base_url or environment.get(other) or usual)
    return f"{held}, for {where.hostname or 'a server without a name'}"


def require(model: Model, environment: Mapping[str, str]) -> None:
    """Raises KeyMissing where this model's service cannot be asked without a key and the environment has none."""
    if model.provider == "scripted":
        return
    if model.api == "anthropic":
        if not any(environment.get(name, "").strip() for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")):
            raise KeyMissing(
                "No key for Anthropic: neither ANTHROPIC_API_KEY nor ANTHROPIC_AUTH_TOKEN is set.",
                hint=f"export ANTHROPIC_API_KEY=…; {DEMO}",
            )
        return
    server = server_of(model.base_url or environment.get("OPENAI_BASE_URL") or OPENAI)
    if server.key and not environment.get("OPENAI_API_KEY", "").strip():
        raise KeyMissing("No key for OpenAI: OPENAI_API_KEY is not set.", hint=f"export OPENAI_API_KEY=…; {DEMO}")
