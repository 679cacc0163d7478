"""Hooks as settings files have them.

::

    {"hooks": {"PreToolUse": [
        {"matcher": "Edit|Write", "hooks": [{"type": "command", "command": "./check.sh", "timeout": 5}]}]}}
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

from claw._native import find_tokens
from claw.credentials import LEAK
from claw.errors import UsageError
from claw.events.hook import Hook, HookName
from claw.events.permission import Layer

At: TypeAlias = Callable[..., str]
"""`path:line` of the value that these keys and indexes, from the top of the file, lead to."""

LONGEST_S = 3600
"""Seconds that a hook may be given."""
USUAL_MS = 60_000
LEAVING_MS = 10_000
"""While a person waits to get out of claw."""
KNOWN = ("type", "command", "args", "timeout", "statusMessage")
NAMES: tuple[HookName, ...] = get_args(HookName)


@dataclass(frozen=True, slots=True)
class Found:
    """`ignored` has a sentence for each thing that claw does not do."""

    hooks: tuple[Hook, ...] = ()
    ignored: tuple[str, ...] = ()


def hooks_in(content: Any, at: At, layer: Layer) -> Found:
    """The hooks of a settings file with this content. Raises UsageError, with file and line, for what cannot be meant.

    A kind of hook that claw does not have is ignored, with a word about it; a misspelt one is an error.
    """
    if not isinstance(content, dict) or "hooks" not in content:
        return Found()
    events = content["hooks"]
    _must(isinstance(events, dict), at("hooks"), "hooks is no object")
    if content.get("disableAllHooks") is True:
        return Found(ignored=(f"{at('disableAllHooks')}: the hooks of this file are switched off.",))
    found: list[Hook] = []
    ignored: list[str] = []
    for event, groups in events.items():
        if event in NAMES:
            for hook in _of_event(event, groups, at, layer):
                found.append(hook) if isinstance(hook, Hook) else ignored.append(hook)
        else:
            ignored.append(_unknown(event, at("hooks", event)))
    return Found(tuple(found), tuple(ignored))


def _unknown(event: str, where: str) -> str:
    close = difflib.get_close_matches(event, NAMES, n=1, cutoff=0.85)
    if close and event not in ("SubagentStart", "SubagentStop"):
        raise UsageError(f"{where}: there is no hook event {event!r}", hint=f"do you mean {close[0]}?")
    return f"{where}: claw has no {event} hooks; these do not run."


def _of_event(event: HookName, groups: Any, at: At, layer: Layer) -> Iterator[Hook | str]:
    """Hooks, and sentences about what is none."""
    _must(isinstance(groups, list), at("hooks", event), f"{event} is no list")
    for number, group in enumerate(groups):
        where = ("hooks", event, number)
        _must(isinstance(group, dict), at(*where), f"{event} has an entry that is no object")
        matcher = _matcher(group.get("matcher"), at(*where, "matcher"))
        hooks = group.get("hooks", [])
        _must(isinstance(hooks, list), at(*where, "hooks"), f"the hooks of an entry of {event} are no list")
        for position, hook in enumerate(hooks):
            yield from _hook(event, matcher, hook, at(*where, "hooks", position), layer)


def _matcher(matcher: Any, where: str) -> str:
    if matcher is None:
        return ""
    _must(isinstance(matcher, str), where, "a matcher is no text")
    try:
        if matcher != "*":
            re.compile(matcher)
    except (re.error, RecursionError, OverflowError) as error:
        raise UsageError(f"{where}: the matcher {matcher!r} is no regular expression: {error}") from None
    return str(matcher)


def _hook(event: HookName, matcher: str, hook: Any, where: str, layer: Layer) -> Iterator[Hook | str]:
    _must(isinstance(hook, dict), where, "a hook is no object")
    kind = hook.get("type")
    if kind != "command":
        _must(isinstance(kind, str), where, 'a hook has no type; "command" is what claw runs')
        yield f"{where}: claw has no hooks of type {kind!r}; this one does not run."
        return
    command = hook.get("command")
    _must(isinstance(command, str) and command.strip() != "", where, "a hook has no command")
    _must("\0" not in command, where, "a hook's command holds a NUL character")
    arguments = hook.get("args")
    if arguments is not None:
        listed = isinstance(arguments, list) and all(isinstance(text, str) for text in arguments)
        _must(listed, where, "a hook's args are no list of texts")
        command = shlex.join([command, *arguments])
    if find_tokens(command):
        raise UsageError(
            f"{where}: a hook's command holds {LEAK}", hint="keep the secret in a file that the hook reads"
        )
    yield Hook(
        event=event,
        command=command,
        source=where,
        layer=layer,
        matcher=matcher,
        timeout_ms=_timeout(event, hook.get("timeout"), where),
    )
    unknown = [name for name in hook if name not in KNOWN]
    if unknown:
        yield f"{where}: claw does not know {', '.join(unknown)} of a hook; it runs without."


def _timeout(event: HookName, seconds: Any, where: str) -> int:
    if seconds is None:
        return LEAVING_MS if event == "SessionEnd" else USUAL_MS
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    _must(number and 0 < seconds <= LONGEST_S, where, f"a hook's timeout is a number of seconds, at most {LONGEST_S}")
    return max(1, int(seconds * 1000))


def _must(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise UsageError(f"{where}: {what}")
