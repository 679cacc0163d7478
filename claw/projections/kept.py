"""What of a conversation outlives its summaries: what the user said, what calls changed, what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from claw.events.content import TextBlock
from claw.events.context import Carried, ContextCompacted
from claw.events.tools import Traits
from claw.projections.cutting import cut
from claw.projections.entries import Entry
from claw.projections.turn import ToolCall

SUMMARY_HEADING = "Summary of the conversation so far:\n\n"
SAID_HEADING = "[claw: the conversation was summarised. What the user said before, word for word, the oldest first:]"
MOST_EDITED = 100
MOST_REFUSED = 30
LONGEST_CALL = 300
"""Characters of a call, and of why it was refused."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`said` are the inputs that the model was sent, in that order, each as the message that it was. `edited` are files
    that calls changed, the last one last; `refused` calls, with what the model was told, the last one last.
    """

    said: tuple[Entry, ...] = ()
    edited: tuple[str, ...] = ()
    refused: dict[str, str] = {}


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """The last summary: the seq of its message, and the messages that it stands for."""

    summary: int
    entries: tuple[Entry, ...]


def in_short(name: str, arguments: Mapping[str, Any], traits: Traits) -> str:
    """`Bash(npm test)`: a call as a model recognises it."""
    names = (traits.argument, *traits.paths, *arguments)
    subject = next((arguments[key] for key in names if isinstance(arguments.get(key), str)), "")
    line = " ".join(f"{name}({subject})".split())
    return line if len(line) <= LONGEST_CALL else line[: LONGEST_CALL - 2] + "…)"


def after_refusal(kept: Kept, call: ToolCall, told: str) -> Kept:
    """Once a rule or a person has refused a call."""
    line = in_short(call.name, call.arguments, call.traits)
    others = {known: why for known, why in kept.refused.items() if known != line}
    last = list(others.items())[1 - MOST_REFUSED :]
    return replace(kept, refused={**dict(last), line: told[:LONGEST_CALL]})


def after_success(kept: Kept, call: ToolCall) -> Kept:
    """Once a call has done what it was to do: the files it changed, and that it is refused no more."""
    if kept.refused:
        line = in_short(call.name, call.arguments, call.traits)
        if line in kept.refused:
            kept = replace(kept, refused={known: why for known, why in kept.refused.items() if known != line})
    if call.traits.footprint != "write":
        return kept
    named = {fact.canonical: None for fact in call.paths if fact.parameter in call.traits.paths}
    if not named:
        return kept
    others = tuple(path for path in kept.edited if path not in named)
    return replace(kept, edited=(*others, *named)[-MOST_EDITED:])


def beside(event: ContextCompacted, said: tuple[Entry, ...]) -> tuple[TextBlock, ...]:
    """The summary with what the model reads beside it, in the place of what was summarised."""
    wanted = event.inputs or ()
    words = tuple(
        TextBlock(text=block.text if event.limit is None else cut(block.text, event.limit))
        for entry in said
        if entry.seq in wanted
        for block in entry.blocks
        if isinstance(block, TextBlock)
    )
    heading = (TextBlock(text=SAID_HEADING),) if words else ()
    rest = (TextBlock(text=text) for text in (SUMMARY_HEADING + event.summary, in_words(event.carried)) if text)
    return (*heading, *words, *rest)


def in_words(carried: Carried) -> str:
    """What is told beside a summary; empty: nothing."""
    parts = []
    if carried.tasks:
        parts.append("The list of tasks as it stands:\n" + carried.tasks)
    if carried.edited:
        parts.append("Files that calls have changed:\n" + "\n".join(carried.edited))
    if carried.refused:
        parts.append("Calls that were refused; do not try them again by another way:\n" + "\n".join(carried.refused))
    return "\n\n".join(f"[claw] {part}" for part in parts)
