"""Rules that deny or ask at least as much as one that cannot be read."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from typing import Any

from claw._native import find_tokens, parse_rule
from claw.errors import UsageError
from claw.late import pattern
from claw.settings.jsonc import LOST
from claw.settings.names import COMMANDS, EDITING, HOSTS, READING, TOOLS

EVERYTHING = "*"
"""The rule that speaks of every call of every tool."""
ANY_HOST = f"{HOSTS}(domain:*)"

_USUAL = dict(zip("\uff08\uff09\uff1a\uff0a\u2217\u2010\u2011\u2212", "():**---", strict=True))
"""Signs that look like those of a rule."""

_PARTS = pattern(r"\s*([A-Za-z][\w./-]*)\s*(?:(\(.*)|([:*?\[\]].*))?\Z", re.DOTALL)
_HOST = pattern(r"(?:domain:)?\s*(?:https?://)?(?:\*\.)?((?:[\w-]+\.)*[\w-]+)(?::[\d*]+)?(?:/.*)?", re.I | re.DOTALL)


def readable(text: str) -> str:
    """Why a rule cannot be read; empty if it can."""
    try:
        parse_rule(text)
    except UsageError as error:
        return "it " + error.message.removeprefix(f"the permission rule `{text}` ")
    if LOST in text:
        return "it holds characters that cannot be read"
    if _seen(text) != text:
        return "it holds blanks or signs that only look like the usual ones, or are not seen at all"
    return ""


def grants(text: str) -> str:
    """Why an allow rule cannot be taken; empty if it can."""
    why = readable(text)
    if not why and parse_rule(text)[0] == EVERYTHING:
        return "it speaks of every tool, which only deny and ask rules may"
    if not why and text.strip() == ANY_HOST:
        return "it speaks of every host, which only deny and ask rules may"
    return why


def at_least(given: Any) -> tuple[str, ...]:
    """Rules that together say what this deny or ask rule may mean, and maybe more. None for what says nothing."""
    if not given or (isinstance(given, str) and not given.strip()):
        return ()
    if isinstance(given, list):
        return tuple(dict.fromkeys(rule for entry in given for rule in at_least(entry)))
    if not isinstance(given, str):
        return (EVERYTHING,)
    if _seen(given) != given:
        return at_least(_seen(given))
    named = _PARTS.match(given)
    if named is None:
        return _by_pattern(given)
    tool = _spelt(named[1])
    if named[3] is not None:
        return _by_pattern(given) if named[3] in ("*", "?") else _whole(tool)
    rule = f"{tool}{named[2] or ''}".strip()
    if not readable(rule) and not find_tokens(rule):
        return (rule,)
    if named[2] is None or LOST in named[2] or find_tokens(rule) or not named[2].rstrip().endswith(")"):
        return _whole(tool)
    return _narrower(tool, named[2].rstrip()[1:-1].strip())


def _narrower(tool: str, specifier: str) -> tuple[str, ...]:
    """For a specifier that is all there, but not as claw reads it."""
    rules: tuple[str, ...] = ()
    if tool == COMMANDS:
        start = specifier.split(":*")[0].rstrip()
        rules = (f"{COMMANDS}({start}*)",) if start.strip("* ") else ()
    elif tool == HOSTS:
        host = _HOST.fullmatch(specifier)
        rules = tuple(f"{HOSTS}(domain:{name})" for name in (host[1], f"*.{host[1]}")) if host else ()
    elif tool in (*READING, *EDITING) and ".." in specifier and not specifier.startswith("!"):
        rules = (f"{tool}({_without_dots(specifier)})",)
    return rules if rules and not any(map(readable, rules)) else _whole(tool)


def _whole(tool: str) -> tuple[str, ...]:
    """Every call of the tool, and what commands do in its place."""
    if tool == HOSTS:
        return (tool, ANY_HOST)
    if tool in READING or tool in EDITING:
        return (tool, f"{tool}(//**)")
    return (EVERYTHING,) if readable(tool) else (tool,)


def _by_pattern(given: str) -> tuple[str, ...]:
    """For a pattern of tools; EVERYTHING for what names none."""
    pattern = given.split("(")[0].strip().lower()
    named = [tool for tool in TOOLS if fnmatchcase(tool.lower(), pattern)]
    if not named or pattern.startswith(("*", "m", "?", "[")):
        return (EVERYTHING,)
    return tuple(dict.fromkeys(rule for tool in named for rule in _whole(tool)))


def _seen(text: str) -> str:
    """The rule as a person sees it: of paths, whose names may hold any character, only what stands before them."""
    named = _PARTS.match(text)
    if named is not None and _spelt(named[1]) in (*READING, *EDITING):
        return text
    shown = (_USUAL.get(char, " " if unicodedata.category(char) == "Zs" else char) for char in text)
    return "".join(char for char in shown if unicodedata.category(char) != "Cf")


def _spelt(name: str) -> str:
    """The tool's own spelling."""
    return next((tool for tool in TOOLS if tool.lower() == name.lower()), name)


def _without_dots(path: str) -> str:
    """The path that it comes to when every `..` goes up one folder."""
    start = re.match(r"(?://|~/|/|(?:\.{1,2}/)*)", path)
    head = start[0] if start else ""
    parts: list[str] = []
    for part in path[len(head) :].split("/"):
        if part == "..":
            if not parts:
                head += "../" if not head.startswith(("/", "~")) else ""
            else:
                parts.pop()
        elif part != ".":
            parts.append(part)
    return head + "/".join(parts)
