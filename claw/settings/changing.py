"""What a person may write into a settings file: which setting is meant, what its value is, and if it would count."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias

from claw.errors import UsageError
from claw.late import load, pattern
from claw.settings.document import Document, Where
from claw.settings.keys import KEYS, TABLE
from claw.settings.layers import LAYER_OF, Scope
from claw.settings.reading import said_of

Kind: TypeAlias = Literal["group"] | str
"""As the table has it; `group`: several settings; `text`: also of what stands below `env`."""

_KEY = pattern(r'"([^"]*)"|([^."]+)')
_YES_AND_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def keys_of(name: str) -> Where:
    """The keys that a name is made of: `models."my-4.1".window` are three. Raises UsageError."""
    keys: list[str] = []
    end = -1
    for match in _KEY.finditer(name):
        if match.start() != end + 1 or (keys and name[end] != "."):
            break
        keys.append(match[1] if match[1] is not None else match[2])
        end = match.end()
    if end != len(name) or not keys:
        raise UsageError(f"{name!r} is no name of a setting", hint='as in permissions.allow, or models."my-4.1".window')
    return tuple(keys)


def kind_of(where: Where, name: str) -> Kind:
    """What this setting holds. Raises UsageError for one that claw does not have, and names the nearest."""
    for known, kind, _ in TABLE:
        path = tuple(known.split("."))
        if where == path:
            return kind
        if where[: len(path)] == path and kind in ("object", "any"):
            return "text" if path == ("env",) and len(where) == 2 else "any"
        if path[: len(where)] == where:
            return "group"
    raise UsageError(f"claw has no setting {name!r}", hint=_nearest(name))


def _nearest(name: str) -> str:
    names = [known for known, _, _ in TABLE]
    close = load("difflib", "get_close_matches")(name, [*names, *KEYS], n=1, cutoff=0.6)
    return f"claw config explain {close[0]}" if close else f"there are {', '.join(names)}"


def meant(name: str, kind: Kind, text: str) -> Any:
    """The value that was typed for a setting of this kind. Raises UsageError."""
    if kind == "group":
        names = [known for known, _, _ in TABLE if known.startswith(f"{name}.")]
        raise UsageError(f"{name} holds several settings", hint=f"one of {', '.join(names)}")
    if kind == "yes or no":
        if text.lower() not in _YES_AND_NO:
            raise UsageError(f"{name} is true or false, not {text!r}")
        return _YES_AND_NO[text.lower()]
    if kind == "number":
        if not text.isdecimal() or not text.isascii() or len(text) > 15:
            raise UsageError(f"{name} is a number, not {text!r}")
        return int(text)
    if kind == "text":
        return text
    if kind not in ("texts", "object", "any"):
        if text not in kind.split("|"):
            raise UsageError(f"{name} cannot be {text!r}", hint=f"one of {', '.join(kind.split('|'))}")
        return text
    try:
        value = json.loads(text)
    except ValueError:
        if kind == "any":
            return text
        value = None
    if kind == "texts" and not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
        raise UsageError(
            f"{name} is a list of texts, as JSON has it", hint=f"claw config set {name} --add TEXT adds one to it"
        )
    if kind == "object" and not isinstance(value, dict):
        raise UsageError(f"{name} is an object, as JSON has it: " + '{"name": …}')
    return value


def check(where: Where, value: Any, scope: Scope, home: str, workspace: str) -> None:
    """Raises UsageError, in the words that a session would use, for a value that would not count as it is."""
    plain = value
    for key in reversed(where):
        plain = {key: plain}
    name = "it"
    problems = said_of(Document(name, LAYER_OF[scope], workspace, plain, {}), home, workspace)
    problems = tuple(one for one in problems if "the hooks of this file are switched off" not in one)
    if problems:
        raise UsageError(problems[0].removeprefix(f"{name}:1: ").removeprefix("not in effect: "))
