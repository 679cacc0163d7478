"""How people and other programs' settings name a model of Anthropic's, and what its API calls that model."""

from __future__ import annotations

import re
from collections.abc import Mapping

from claw.late import pattern
from claw.providers import abilities

ALIASES = {alias: name for alias, name in abilities.newest().items() if abilities.maker_of(name) == "anthropic"}
"""The newest of each line."""

UNSAID = ("", "default", "auto", "inherit", "null", "none")
"""Words for: whichever is usual."""

_SAME = {"opusplan": "sonnet", "best": "opus", "claude": "sonnet"}
"""Words for a line."""
_PLANNERS = {"opusplan": "opus"}
"""The line that a word means in plan mode, where that is another one."""

_FAMILY = "|".join(ALIASES)
_SHORT = pattern(rf"(?:claude[ _-])?({_FAMILY})(?:[ _-]latest)?")
_VERSIONED = pattern(rf"(?:claude[ _-])?({_FAMILY})[ _-]v?(\d{{1,2}})(?:[._-](\d{{1,2}}))?(?:[@ _-](\d{{8}}))?")
_CLOUD = pattern(r"(?:[a-z-]+\.)?anthropic\.(claude-[a-z0-9.-]+?)(?:-v\d+)?(?::\d+)*")
"""Bedrock: `us.anthropic.claude-sonnet-4-5-20250929-v1:0`."""
_VERTEX = pattern(r"(claude-[a-z0-9.-]+)@([a-z0-9]+)")
_WISH = pattern(r"\s*\[[^\]]*\]\s*$")
"""`[1m]` asks for a larger window; it is no part of a name."""


def plain(name: str) -> str:
    """The name without blanks around it and without a wish for a larger window."""
    return (_WISH.sub("", name) if "[" in name else name).strip()


def without_colon(name: str) -> str:
    """`anthropic:NAME` as `anthropic/NAME`: some programs write a service so."""
    return re.sub(r"^(anthropic|openai|openai-chat):(?!\d)", r"\1/", name) if ":" in name else name


def is_claude(name: str) -> bool:
    """Whether the name is one of a model of Anthropic's, whoever serves it."""
    word = name.lower()
    named = word in _SAME or _SHORT.fullmatch(word) or _VERSIONED.fullmatch(word)
    return bool(named) or abilities.maker_of(word) == "anthropic" or _CLOUD.fullmatch(word) is not None


def of_anthropic(name: str, environment: Mapping[str, str], *, official: bool) -> str:
    """What to ask the Messages API for. A server of another name is asked for whatever was written, but for words that
    stand for a line of models: those mean the newest, or what ANTHROPIC_DEFAULT_OPUS_MODEL and the like say.
    """
    word = name.lower()
    line = _SHORT.fullmatch(_SAME.get(word, word))
    if line:
        chosen = plain(environment.get(f"ANTHROPIC_DEFAULT_{line[1].upper()}_MODEL", ""))
        return chosen if chosen and chosen.lower() != word else ALIASES[line[1]]
    return _of_the_api(word, name) if official else name


def planner(name: str, environment: Mapping[str, str]) -> str:
    """What to ask the Messages API for in plan mode; empty: the same."""
    line = _PLANNERS.get(name.lower())
    return of_anthropic(line, environment, official=False) if line else ""


def _of_the_api(word: str, name: str) -> str:
    if version := _VERSIONED.fullmatch(word):
        return "-".join(("claude", *(part for part in version.groups() if part)))
    if cloud := _CLOUD.fullmatch(word):
        return cloud[1]
    if vertex := _VERTEX.fullmatch(word):
        return vertex[1] if vertex[2] in ("default", "latest") else f"{vertex[1]}-{vertex[2]}"
    return word if abilities.maker_of(word) == "anthropic" else name
