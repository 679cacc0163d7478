"""Lists of rules as scripts for other agents write them: `--allowedTools Read "Bash(git log:*)" --model …`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TOOLS = (
    "Agent|AskUserQuestion|Bash|BashOutput|Edit|ExitPlanMode|Glob|Grep|KillBash|KillShell|LS|Monitor|MultiEdit|"
    "NotebookEdit|NotebookRead|PowerShell|Read|REPL|Skill|SlashCommand|Sleep|Task|TaskOutput|TaskStop|TodoRead|"
    "TodoWrite|WebFetch|WebSearch|Write|apply_patch|mcp__[\\w-]+"
)
_SAME = {"--allowedTools": "--allowed-tools", "--disallowedTools": "--disallowed-tools"}
_LISTS = tuple(_SAME.values())
_RULE = rf"(?:{_TOOLS})(?:\(.*\))?"
_MORE = re.compile(rf"{_RULE}(?:[, ]+{_RULE})*", re.DOTALL)
"""A word that can only be one more rule of a list that began before it."""


def with_lists(arguments: Sequence[str]) -> list[str]:
    """The words with a list's flag put before each of its rules."""
    words: list[str] = []
    flag = ""
    for index, word in enumerate(arguments):
        if word == "--":
            return [*words, *arguments[index:]]
        value = bool(words) and words[-1] in _LISTS
        if flag and not value and _MORE.fullmatch(word):
            words.append(flag)
        elif not value:
            name, equals, rest = word.partition("=")
            name = _SAME.get(name, name)
            flag = name if name in _LISTS else ""
            word = name + equals + rest if flag else word
        words.append(word)
    return words
