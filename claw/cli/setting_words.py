"""A setting as people are told it: what each file says, whether that counts, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from claw.cli.sanitize import clean_line
from claw.execution.credentials import known_secrets
from claw.execution.masking import without_secrets
from claw.session.saying import Setting
from claw.session.setting import Change, Changed


def nothing(key: str) -> str:
    return f"No settings file says anything of {clean_line(key)}."


def lines(setting: Setting, environ: Mapping[str, str]) -> Iterator[str]:
    """Harmless, and without the secrets of `environ`."""
    for one in setting.said:
        how = "counts" if one.counts else "does not count"
        yield f"{clean_line(one.place)}  ({one.layer})  {how}: {value(one.value, environ)}"
        for why in one.why:
            yield f"    {clean_line(without(why.removeprefix(f'{one.place}: '), environ))}"
    if len(setting.said) > 1:
        yield f"In force: {value(setting.value, environ)}"


def changed(wanted: Change, changed: Changed, environ: Mapping[str, str]) -> Iterator[str]:
    """What was done, and what is said of it that does not count."""
    key, path = clean_line(wanted.key), clean_line(str(changed.path))
    what = clean_line(without(wanted.value, environ))
    if wanted.takes_out:
        named = f"{key} has no {what}" if wanted.entry else f"{key} is not set"
        yield f"{what if wanted.entry else key} is taken out of {path}" if changed.done else f"{named} in {path}"
        return
    yield f"{path}: {key} {'has' if wanted.entry else 'is'} {what}{'' if changed.done else ', as before'}"
    for one in changed.said:
        for why in one.why:
            yield f"    {clean_line(without(why, environ))}"


def value(given: Any, environ: Mapping[str, str]) -> str:
    """A text as it is, anything else as JSON; the same."""
    text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return clean_line(without(text, environ))


def without(text: str, environ: Mapping[str, str]) -> str:
    return without_secrets(text, tuple(known_secrets(environ)))
