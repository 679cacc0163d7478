"""How much OpenAI's models may think, by name; both of its APIs take the same words."""

from __future__ import annotations

import re

from claw.events.request import Effort


def effort_of(model: str, effort: Effort, *, official: bool) -> str | None:
    """The word to send, None to send none.

    Reasoning models cannot all be told not to think: GPT from 5.1 takes "none", GPT-5 "minimal", the o series and the
    codex models "low" at least, the pro models what they like. Other models of OpenAI refuse the parameter; another
    server gets it only if the user asked for an effort.
    """
    if not official:
        return None if effort == "off" else effort
    if not reasons(model):
        return None
    if effort != "off":
        return effort
    if "-pro" in model:
        return None
    if "codex" in model or model.startswith("o"):
        return "low"
    return "minimal" if re.match(r"gpt-5(?![.\d])", model) else "none"


def reasons(model: str) -> bool:
    """Whether a model of OpenAI's thinks at all."""
    return re.match(r"o\d|gpt-([5-9]|\d\d)|codex", model) is not None and "chat" not in model
