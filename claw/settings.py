"""Settings files, as other tools have them too: what they allow, ask and deny, and who may say so.

::

    ~/.claude/settings.json           the user's: everything in it counts
    .claude/settings.json             the project's   } whoever wrote the repository wrote these: they may only
    .claude/settings.local.json       the checkout's  } tighten, so that only their deny and ask rules count
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, cast, get_args

import pydantic

from claw import _native
from claw.errors import ClawError, UsageError
from claw.events.permission import Effect, Mode, Rule
from claw.toolbox.files import File, read_whole, write_atomic

USER = ".claude/settings.json"
"""Below the home directory."""
PROJECT = (".claude/settings.json", ".claude/settings.local.json")
"""Below the workspace."""

Where: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the files say. `ignored` has a sentence for each setting that was not taken."""

    rules: tuple[Rule, ...] = ()
    mode: Mode | None = None
    model: str | None = None
    ignored: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    """Variables for the session, its tools included."""
    sources: dict[str, str] = field(default_factory=dict)
    """`path:line` of `mode` and of `model`."""


class _Permissions(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    allow: list[str] = []
    ask: list[str] = []
    deny: list[str] = []
    defaultMode: str | None = None


class _Content(pydantic.BaseModel):
    """What is read of a file; other tools keep more in it."""

    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    permissions: _Permissions = _Permissions()
    model: str | None = None
    env: dict[str, str | int | float | bool] = {}


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    content: _Content
    lines: dict[Where, int]

    def at(self, *where: str | int) -> str:
        return f"{self.name}:{self.lines.get(where, 1)}"


def read_settings(home: str, workspace: str) -> Settings:
    """All three files, those that exist. Raises UsageError (with file and line) for what cannot be meant."""
    user_path = Path(home, USER)
    user = _read(user_path, f"~/{USER}")
    settings = _of_user(user) if user else Settings()
    for name in PROJECT:
        path = Path(workspace, name)
        source = None if _same(path, user_path) else _read(path, name)
        if source:
            settings = _tightened(settings, source)
    return settings


def _of_user(source: _Source) -> Settings:
    permissions, model = source.content.permissions, source.content.model
    rules = tuple(rule for effect in get_args(Effect) for rule in _rules(source, effect))
    mode, sources, ignored = None, {}, list[str]()
    if permissions.defaultMode in get_args(Mode):
        mode = cast(Mode, permissions.defaultMode)
        sources["mode"] = source.at("permissions", "defaultMode")
    elif permissions.defaultMode is not None:
        ignored.append(f"{source.at('permissions', 'defaultMode')}: there is no mode {permissions.defaultMode!r}.")
    if model is not None:
        sources["model"] = source.at("model")
    env = {name: _variable(source, name, value) for name, value in source.content.env.items()}
    return Settings(rules, mode, model, tuple(ignored), env, sources)


def _variable(source: _Source, name: str, value: str | float | bool) -> str:
    """A variable's value as text. Raises UsageError for what no environment can hold."""
    text = value if isinstance(value, str) else str(value).lower()
    if not name or "=" in name or "\0" in name + text:
        raise UsageError(f"{source.at('env', name)}: env: {name!r} cannot be set in an environment")
    return text


def _tightened(settings: Settings, source: _Source) -> Settings:
    permissions = source.content.permissions
    ignored = [
        f"{source.at('permissions', 'allow', index)}: a repository cannot allow {rule}; "
        f"put the rule into ~/{USER} if you want it."
        for index, rule in enumerate(permissions.allow)
    ]
    if permissions.defaultMode is not None:
        where = source.at("permissions", "defaultMode")
        ignored.append(f"{where}: a repository cannot set the mode ({permissions.defaultMode}).")
    if source.content.model is not None:
        ignored.append(f"{source.at('model')}: a repository cannot choose the model ({source.content.model}).")
    ignored += [f"{source.at('env', name)}: a repository cannot set variables ({name})." for name in source.content.env]
    rules = (*settings.rules, *_rules(source, "ask"), *_rules(source, "deny"))
    return replace(settings, rules=rules, ignored=(*settings.ignored, *ignored))


def _rules(source: _Source, effect: Effect) -> Iterator[Rule]:
    for index, text in enumerate(getattr(source.content.permissions, effect)):
        where = source.at("permissions", effect, index)
        try:
            _native.parse_rule(text)
        except UsageError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
        yield Rule(effect=effect, rule=text, source=where)


def _read(path: Path, name: str) -> _Source | None:
    try:
        file = read_whole(os.path.realpath(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ClawError as error:
        raise UsageError(f"{name}: {error.message}") from None
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
    text, plain = _parsed(file, name)
    lines = _lines(text)
    try:
        return _Source(name, _Content.model_validate(plain), lines)
    except pydantic.ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = problem["loc"]
        dotted = ".".join(map(str, where)) or "the whole file"
        raise UsageError(f"{name}:{lines.get(where, 1)}: {dotted}: {problem['msg']}") from None


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


# --- writing ---------------------------------------------------------------------------------------------------------


def add_allow_rule(path: Path, rule: str) -> None:
    """Add the rule to `permissions.allow`, unless it is there. Everything else in the file stays.

    All or nothing, and synced. Blocks. Raises UsageError (no rule; a file that is no settings file), ToolError
    (another program wrote the file in the same moment), OSError.
    """
    _native.parse_rule(rule)
    target = os.path.realpath(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with _locked(os.path.dirname(target)):
        try:
            file = read_whole(target)
        except FileNotFoundError:
            file = None
        text, plain = _parsed(file, str(path)) if file else ("{}", {})
        allowed = _allowed(plain, str(path))
        if rule in allowed:
            return
        allowed.append(rule)
        indent = re.search(r"\n([ \t]+)\"", text)
        new = json.dumps(plain, indent=indent[1] if indent else 2, ensure_ascii=text.isascii()) + "\n"
        write_atomic(target, new.encode("utf-8", "surrogatepass"), file.stat if file else None)


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """One claw at a time changes the settings in this folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _allowed(plain: Any, name: str) -> list[Any]:
    """The list of allow rules in the file's content, made where it is missing."""
    permissions = plain.setdefault("permissions", {}) if isinstance(plain, dict) else None
    allowed = permissions.setdefault("allow", []) if isinstance(permissions, dict) else None
    if not isinstance(allowed, list):
        raise UsageError(f"{name} is not a settings file: permissions.allow is not a list.")
    return allowed


# --- JSON with lines -------------------------------------------------------------------------------------------------


def _parsed(file: File, name: str) -> tuple[str, Any]:
    """The file's text and what it says. Raises UsageError; a key given twice is an error, not the last one's win."""
    try:
        text = file.data.decode("utf-8-sig")
        return text, json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}:{error.lineno}: {error.msg} (column {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not valid JSON: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return whole


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,\n]|[^\s{}\[\]:,"]+')


def _lines(text: str) -> dict[Where, int]:
    """The line on which each value of a valid JSON text begins, by its keys and indexes."""
    found: dict[Where, int] = {}
    path: list[str | int] = []
    line = 1
    expects_key = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "\n":
            line += 1
        elif token in "}]":
            path.pop()
            expects_key = False
        elif token == ",":
            expects_key = isinstance(path[-1], str)
            if not expects_key:
                path[-1] = cast(int, path[-1]) + 1
        elif token == ":":
            expects_key = False
        elif expects_key:
            path[-1] = json.loads(token)
        else:
            found[tuple(path)] = line
            if token in "{[":
                path.append("" if token == "{" else 0)
                expects_key = token == "{"
    return found
