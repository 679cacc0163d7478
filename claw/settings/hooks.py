"""Hooks as settings files have them.

::

    {"hooks": {"PreToolUse": [
        {"matcher": "Edit|Write", "hooks": [{"type": "command", "command": "./check.sh", "timeout": 5}]}]}}
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace

from claw._native import find_tokens
from claw.events.hook import ASKABLE, Hook, HookName
from claw.events.permission import Layer
from claw.execution.credentials import LEAK
from claw.late import load

Where: TypeAlias = tuple[str | int, ...]
At: TypeAlias = Callable[..., str]
"""`path:line` of the value that these keys and indexes, from the top of the file, lead to."""

LONGEST_S = 3600
"""Seconds that a hook may be given."""
USUAL_MS = 60_000
ASKED_MS = 30_000
"""For a model that is asked."""
LEAVING_MS = 10_000
"""While a person waits to get out of claw."""
KNOWN = ("type", "command", "args", "timeout", "statusMessage")
KNOWN_OF_PROMPT = ("type", "prompt", "timeout", "statusMessage")
KNOWN_OF_HTTP = ("type", "url", "headers", "allowedEnvVars", "timeout", "statusMessage")
LOST = "\ufffd"
"""Stands for what could not be read (see `claw.settings.jsonc`)."""
NAMES: tuple[HookName, ...] = get_args(HookName)


_NEVER = {"CwdChanged": "a session never leaves its folder, and a cd of a command ends with that command"}
"""Events that people know and that cannot occur here, and why."""


class Found(Struct, frozen=True):
    """`ignored` has a sentence for each thing that claw does not do. `unread`: where, and for which tools, a hook that
    may keep calls from being made cannot be read; "*" for all of them.
    """

    hooks: tuple[Hook, ...] = ()
    ignored: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


def hooks_in(content: Any, at: At, layer: Layer) -> Found:
    """The hooks of a settings file with this content. What cannot be meant does not run, and is said."""
    if not isinstance(content, dict) or content.get("hooks") is None:
        return Found()
    if content.get("disableAllHooks") is True:
        return Found(ignored=(f"{at('disableAllHooks')}: the hooks of this file are switched off.",))
    reader = _Reader(at, layer)
    reader.read(content["hooks"])
    return Found(tuple(reader.hooks), tuple(reader.ignored), tuple(reader.unread))


class _Reader:
    def __init__(self, at: At, layer: Layer) -> None:
        self._at = at
        self._layer = layer
        self.hooks: list[Hook] = []
        self.ignored: list[str] = []
        self.unread: list[tuple[str, str]] = []

    def read(self, events: Any) -> None:
        if not events:
            return
        if not isinstance(events, dict):
            self._leave("PreToolUse", "", self._at("hooks"), "hooks is no object")
            return
        for event, groups in events.items():
            if event in NAMES:
                self._event(event, groups)
            else:
                self._unknown(event, self._at("hooks", event))

    def _leave(self, event: str, matcher: str, where: str, what: str) -> None:
        """What cannot be read does not run. Where it might have kept calls from being made, they are asked about."""
        asks = event == "PreToolUse"
        self.ignored.append(f"{where}: {what}; it does not run" + (", and claw asks instead." if asks else "."))
        if asks:
            self.unread.append((where, matcher))

    def _unknown(self, event: str, where: str) -> None:
        close = [] if event in _NEVER else load("difflib", "get_close_matches")(event, NAMES, n=1, cutoff=0.85)
        if close:
            self._leave(close[0], "", where, f"there is no hook event {event!r}, do you mean {close[0]}?")
        else:
            why = f": {_NEVER[event]}" if event in _NEVER else ""
            self.ignored.append(f"{where}: claw has no {event} hooks; these do not run{why}.")

    def _event(self, event: HookName, groups: Any) -> None:
        """A list of groups; a group alone is a list of one."""
        if groups is None:
            return
        where: Where = ("hooks", event)
        listed = [((*where, index), group) for index, group in enumerate(groups)] if isinstance(groups, list) else None
        for place, group in listed or ([] if listed == [] else [(where, groups)]):
            if isinstance(group, dict):
                self._group(event, group, place)
            elif group is not None:
                self._leave(event, "", self._at(*place), f"{event} has an entry that is no object")

    def _group(self, event: HookName, group: dict[str, Any], where: Where) -> None:
        """A matcher and its hooks; a hook that stands in the place of its group is the group's only one."""
        matcher = self._matcher(group.get("matcher"), self._at(*where, "matcher"))
        if "hooks" not in group and "command" in group:
            self._hook(event, matcher, {key: value for key, value in group.items() if key != "matcher"}, where)
            return
        hooks = group.get("hooks")
        if isinstance(hooks, list):
            for position, hook in enumerate(hooks):
                self._hook(event, matcher, hook, (*where, "hooks", position))
        elif isinstance(hooks, dict):
            self._hook(event, matcher, hooks, (*where, "hooks"))
        elif hooks is not None:
            self._leave(event, matcher, self._at(*where, "hooks"), f"the hooks of an entry of {event} are no list")

    def _matcher(self, matcher: Any, where: str) -> str:
        """One that cannot be read matches everything."""
        if matcher is None:
            return ""
        why = "it is no text"
        if isinstance(matcher, str):
            try:
                if matcher != "*":
                    re.compile(matcher)
                return matcher
            except (re.error, RecursionError, OverflowError) as error:
                why = f"it is no regular expression: {error}"
        self.ignored.append(f"{where}: the matcher {matcher!r} is taken for everything: {why}.")
        return ""

    def _hook(self, event: HookName, matcher: str, hook: Any, place: Where) -> None:
        where = self._at(*place)
        if not isinstance(hook, dict):
            if hook is not None:
                self._leave(event, matcher, where, "a hook is no object")
            return
        kind = hook.get("type", "command")
        if kind == "http":
            self._http(event, matcher, hook, where)
            return
        if kind == "prompt":
            self._prompt(event, matcher, hook, where)
            return
        if isinstance(kind, str) and kind != "command":
            self._leave(event, matcher, where, f"claw has no hooks of type {kind!r}")
            return
        command, why = _command(hook)
        if why:
            self._leave(event, matcher, where, why)
            return
        self._take(hook, KNOWN, Hook(event=event, command=command, source=where, layer=self._layer, matcher=matcher))

    def _http(self, event: HookName, matcher: str, hook: dict[str, Any], where: str) -> None:
        url, why = _url(hook)
        headers, variables = hook.get("headers") or {}, hook.get("allowedEnvVars") or []
        if not why and not (isinstance(headers, dict) and all(isinstance(text, str) for text in headers.values())):
            why = "a hook's headers are no object of texts"
        if not why and any(find_tokens(text) for text in headers.values()):
            why = f"a hook's headers hold {LEAK}; write $NAME there and put NAME into allowedEnvVars"
        if not why and not (isinstance(variables, list) and all(isinstance(name, str) for name in variables)):
            why = "a hook's allowedEnvVars are no list of names"
        if why:
            self._leave(event, matcher, where, why)
            return
        made = Hook(event=event, command=url, source=where, layer=self._layer, matcher=matcher, type="http")
        self._take(hook, KNOWN_OF_HTTP, replace(made, headers=headers, variables=tuple(variables)))

    def _prompt(self, event: HookName, matcher: str, hook: dict[str, Any], where: str) -> None:
        text = hook.get("prompt")
        why = ""
        if not isinstance(text, str) or not text.strip() or LOST in text:
            why = "a hook of type 'prompt' has no prompt"
        elif find_tokens(text):
            why = f"a hook's prompt holds {LEAK}"
        elif event not in ASKABLE:
            why = f"no model is asked about {event}, which nobody can say no to"
        if why or not isinstance(text, str):
            self._leave(event, matcher, where, why)
            return
        made = Hook(event=event, command=text, source=where, layer=self._layer, matcher=matcher, type="prompt")
        self._take(hook, KNOWN_OF_PROMPT, made, ASKED_MS)

    def _take(self, hook: dict[str, Any], known: tuple[str, ...], made: Hook, usual_ms: int | None = None) -> None:
        """It counts, with its own limit of time, where it says one, else with this or its event's usual one. Keys that
        are not known are said.
        """
        seconds, where = hook.get("timeout"), made.source
        own = usual_ms is None or seconds is not None
        timeout = self._timeout(made.event, seconds, where) if own else usual_ms
        self.hooks.append(replace(made, timeout_ms=timeout))
        unknown = [name for name in hook if name not in known]
        if unknown:
            self.ignored.append(f"{where}: claw does not know {', '.join(unknown)} of a hook; it runs without.")

    def _timeout(self, event: HookName, seconds: Any, where: str) -> int:
        usual = LEAVING_MS if event == "SessionEnd" else USUAL_MS
        if seconds is None:
            return usual
        with suppress(TypeError, ValueError, OverflowError):
            number = float(seconds) if isinstance(seconds, int | float | str) and not isinstance(seconds, bool) else 0
            if 0 < number <= LONGEST_S:
                return max(1, int(number * 1000))
            if number > LONGEST_S:
                usual = LONGEST_S * 1000
        said = f"a hook's timeout is a number of seconds, at most {LONGEST_S}"
        self.ignored.append(f"{where}: {said}, not {seconds!r}; it gets {usual // 1000} s.")
        return usual


def _url(hook: dict[str, Any]) -> tuple[str, str]:
    """Whom it tells, or why nobody can be told."""
    url = hook.get("url")
    if not isinstance(url, str) or not url.isprintable() or LOST in url:
        return "", "a hook of type 'http' has no url"
    if find_tokens(url):
        return "", f"a hook's url holds {LEAK}"
    try:
        parts = load("urllib.parse", "urlsplit")(url)
        port = parts.port
    except ValueError:
        return "", f"{url!r} is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or port == 0:
        return "", "a hook's url is no address of a web server, without a name and a password"
    return url, ""


def _command(hook: dict[str, Any]) -> tuple[str, str]:
    """What it runs, or why it cannot be run."""
    command, arguments = hook.get("command"), hook.get("args")
    if not isinstance(hook.get("type", "command"), str):
        return "", "a hook's type is no text"
    if not isinstance(command, str) or not command.strip():
        return "", "a hook has no command"
    if "\0" in command or LOST in command:
        return "", "a hook's command holds characters that cannot be read"
    if arguments is not None:
        if not isinstance(arguments, list) or not all(isinstance(text, str) for text in arguments):
            return "", "a hook's args are no list of texts"
        command = shlex.join([command, *arguments])
    return (command, "") if not find_tokens(command) else ("", f"a hook's command holds {LEAK}")
