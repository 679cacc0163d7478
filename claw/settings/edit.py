"""Rules that go into a settings file and out of it; everything else in the file stays as it is."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from claw import _native
from claw.errors import UsageError
from claw.execution.files import File, locked, read_whole, write_atomic
from claw.execution.grants import ordered
from claw.settings.document import parsed
from claw.settings.stricter_rules import grants


def add_allow_rule(path: Path, rule: str) -> None:
    """Add the rule to `permissions.allow`, unless it is there.

    All or nothing, and synced. Blocks. Raises UsageError (no rule; a file that is no settings file), ToolError
    (another program wrote the file in the same moment), OSError.
    """
    _native.parse_rule(rule)
    if why := grants(rule):
        raise UsageError(f"the permission rule `{rule}` cannot be taken: {why}")
    target = os.path.realpath(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with locked(os.path.dirname(target)):
        try:
            file = read_whole(target)
        except FileNotFoundError:
            file = None
        text, plain = parsed(file, str(path)) if file else ("{}", {})
        allowed = _allowed(plain, str(path))
        if rule not in allowed:
            allowed.append(rule)
            _write(target, plain, text, file)


def set_value(path: Path, name: str, value: str | bool) -> None:
    """Set the setting of this name, at the top of the file. Otherwise as `add_allow_rule`."""
    target = os.path.realpath(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with locked(os.path.dirname(target)):
        try:
            file = read_whole(target)
        except FileNotFoundError:
            file = None
        text, plain = parsed(file, str(path)) if file else ("{}", {})
        if not isinstance(plain, dict):
            raise UsageError(f"{path} is not a settings file: it is no object")
        if plain.get(name) != value:
            plain[name] = value
            _write(target, plain, text, file)


def remove_allow_rule(path: Path, rule: str) -> bool:
    """Take the rule out of `permissions.allow`; whether it was there. Otherwise as `add_allow_rule`."""
    target = os.path.realpath(path)
    if not os.path.isdir(os.path.dirname(target)):
        return False
    with locked(os.path.dirname(target)):
        try:
            file = read_whole(target)
        except FileNotFoundError:
            return False
        text, plain = parsed(file, str(path))
        allowed = _allowed(plain, str(path))
        if rule not in allowed:
            return False
        allowed[:] = [other for other in allowed if other != rule]
        _write(target, plain, text, file)
    return True


def has_allow_rule(path: Path, rule: str) -> bool:
    """Whether `permissions.allow` of the file has the rule. Blocks. Raises UsageError, ToolError, OSError."""
    try:
        _, plain = parsed(read_whole(os.path.realpath(path)), str(path))
    except FileNotFoundError:
        return False
    return rule in _allowed(plain, str(path))


def _write(target: str, plain: Any, text: str, file: File | None) -> None:
    """In the layout of the old `text`."""
    indent = re.search(r"\n([ \t]+)\"", text)
    new = json.dumps(plain, indent=indent[1] if indent else 2, ensure_ascii=text.isascii()) + "\n"
    grant = ordered("change the settings", target)
    write_atomic(grant, target, new.encode("utf-8", "surrogatepass"), file.stat if file else None)


def _allowed(plain: Any, name: str) -> list[Any]:
    """The list of allow rules in the file's content, made where it is missing."""
    permissions = plain.setdefault("permissions", {}) if isinstance(plain, dict) else None
    allowed = permissions.setdefault("allow", []) if isinstance(permissions, dict) else None
    if not isinstance(allowed, list):
        raise UsageError(f"{name} is not a settings file: permissions.allow is not a list.")
    return allowed
