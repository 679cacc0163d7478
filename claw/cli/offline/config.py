"""`claw config`: what settings say, file by file, and what of it counts."""

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


def _setting(key: str, folder: str | None) -> Setting:
    return look(lookup.home(), flags.understood(flags.Raw(folder=folder), os.environ), key)
