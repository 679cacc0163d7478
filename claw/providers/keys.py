"""Which services need a key, and where it is looked for."""

from __future__ import annotations

from collections.abc import Mapping

from claw.errors import KeyMissing
from claw.events.session import Model

OPENAI = "https://api.openai.com/v1"
DEMO = "claw demo needs none"


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
    elif not environment.get("OPENAI_API_KEY", "").strip():
        base = model.base_url or environment.get("OPENAI_BASE_URL") or OPENAI
        # A server of one's own needs none.
        if base.rstrip("/") == OPENAI:
            raise KeyMissing("No key for OpenAI: OPENAI_API_KEY is not set.", hint=f"export OPENAI_API_KEY=…; {DEMO}")
