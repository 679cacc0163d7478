"""What a session is called in lists: a model says once, in a few words, what it is about. Nobody waits for that."""

from __future__ import annotations

from claw import prompt
from claw.decide import limits, retry
from claw.events.base import Event
from claw.events.content import TextBlock
from claw.events.model import ModelFinished
from claw.events.session import SessionTitled, TurnFinished
from claw.projections.state import Agent, State

LONGEST = 60
"""Characters of a title."""
_AROUND = " \t\"'`*#.:«»\u201c\u201d\u201e\u2018\u2019"
"""What models write around it."""


def ask(state: State, agent: Agent, event: TurnFinished) -> list[Event]:
    """Behind the first turn that comes to its end: the question to the model, which is not asked again."""
    session, prompts = state.session, state.session.prompts
    wanted = session.settings.titles != "never" and not session.name and prompts is not None and prompts.title
    if not wanted or event.reason != "done" or state.titles.call >= 0 or agent.origin.parent is not None:
        return []
    if limits.is_spent(state, agent) or retry.held_ms(state, agent, prompt.asked(state, agent, "title")):
        return []
    return [prompt.intend(state, agent, "title", 1)]


def given(event: ModelFinished) -> list[Event]:
    """The title, where the model has said one."""
    texts = (block.text for block in event.content if isinstance(block, TextBlock))
    said = "\n".join(text for text in texts if isinstance(text, str))
    lines = (" ".join(line.split()).strip(_AROUND) for line in said.splitlines())
    title = next((line for line in lines if line and line.isprintable()), "")
    if len(title) > LONGEST:
        title = title[: LONGEST - 1].rstrip() + "…"
    return [SessionTitled(call=event.call, title=title)] if title else []
