"""What becomes of a request that the server does not take as it is, in a sentence for the person."""

from __future__ import annotations

from claw.events.model import ModelFailed, ModelFellBack
from claw.events.request import API, SYSTEM, TOOLS

_OTHERWISE = {
    TOOLS: "This model takes no tools, so it goes on without them: it can answer, but neither read nor change a file "
    "nor run a command.",
    SYSTEM: "It is asked again with the instructions in the first message.",
    API: "It is asked by Chat Completions from now on; --model openai-chat/NAME asks so from the start.",
}


def changes_much(event: ModelFailed) -> bool:
    """Whether the person has to know of it also where nothing else is told."""
    return event.refused in (TOOLS, API)


def told(event: ModelFailed) -> str:
    """The server's words and what is done; empty for a failure of another kind."""
    if not event.refused:
        return ""
    done = _OTHERWISE.get(event.refused, f"It is asked again without {event.refused}.")
    return f"{event.message.rstrip('.')}. {done}"


def fell_back(event: ModelFellBack) -> str:
    """Which model is asked instead."""
    return f"{event.model} is overloaded ({event.failures} attempts): {event.fallback} is asked until the next prompt"
