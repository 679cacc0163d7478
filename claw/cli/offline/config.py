"""`claw config`: what settings say, file by file, what of it counts, and a setting written into a file."""

from __future__ import annotations

import os

import msgspec
from msgspec.structs import asdict

from claw.cli import setting_words as words
from claw.cli.live import flags
from claw.cli.offline import lookup
from claw.cli.offline.style import put
from claw.cli.output import standard
from claw.errors import UsageError
from claw.session.saying import Setting, look
from claw.session.setting import SCOPES, Change, change
from claw.settings.layers import Scope


def config() -> int:
    """What settings say, and where."""
    raise UsageError("claw config what?", hint="claw config --help")


def get(key: str, folder: str | None = None) -> int:
    """The value that counts, as JSON or as its text; exit code 1 where no file says anything."""
    value = _setting(key, folder).value
    if value is None:
        standard().note(words.nothing(key))
        return 1
    put([words.value(value, os.environ)])
    return 0


def explain(key: str, folder: str | None = None, json: bool = False) -> int:
    """What each file says of a setting, which of that counts, and why the rest does not."""
    setting = _setting(key, folder)
    if json:
        plain = {"key": key, "value": setting.value, "said": [asdict(one) for one in setting.said]}
        standard().answer_json(words.without(msgspec.json.encode(plain).decode(), os.environ).encode())
    elif setting.said:
        put([*words.lines(setting, os.environ)])
    else:
        standard().note(words.nothing(key))
    return 0 if setting.said else 1


def set_(key: str, value: str, scope: str | None = None, add: bool = False, folder: str | None = None) -> int:
    """Write a setting into a file, where everything else stays as it is."""
    return _change(Change(key=key, value=value, scope=_scope(scope), entry=add), folder)


def unset(key: str, value: str | None = None, scope: str | None = None, folder: str | None = None) -> int:
    """Take a setting out of a file, or one entry of a list; exit code 1 where it is not there."""
    wanted = Change(key=key, value=value or "", scope=_scope(scope), takes_out=True, entry=value is not None)
    return _change(wanted, folder)


def _scope(text: str | None) -> Scope:
    return next((scope for scope in SCOPES if scope == text), "user")


def _change(wanted: Change, folder: str | None) -> int:
    changed = change(lookup.home(), flags.understood(flags.Raw(folder=folder), os.environ), wanted)
    put([*words.changed(wanted, changed, os.environ)])
    return 0 if changed.done or not wanted.takes_out else 1


def _setting(key: str, folder: str | None) -> Setting:
    return look(lookup.home(), flags.understood(flags.Raw(folder=folder), os.environ), key)
