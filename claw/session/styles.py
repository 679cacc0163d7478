"""The output style of a session: claw's own, the user's, a plugin's, or one of the repository's that is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec import Struct

from claw._native import blake3
from claw.errors import UsageError
from claw.events.session import Style
from claw.execution.credentials import known_secrets
from claw.execution.masking import without_secrets
from claw.log import Home
from claw.session import prompts, trust
from claw.session.config import DEFAULT_STYLE, Options
from claw.settings import Settings, read_settings
from claw.settings.reading import REPOSITORY
from claw.settings.styles import BUILTIN, StyleFile

ABOUT = {
    "default": "claw as it is: brief, for work on code",
    "explanatory": "claw says along the way why something is done so, and how this code base works",
    "learning": "claw leaves small pieces that need a decision to you, and says what to weigh",
}
NOT_TRUSTED = "it is the repository's, and not trusted"


class Row(Struct, frozen=True):
    name: str
    description: str
    where: str


def style_named(name: str, settings: Settings, environ: Mapping[str, str]) -> Style | None:
    """The style of this name; None: the default. Where no other ends so, a plugin's name may be left out. Raises
    UsageError for one that there is not, or that is not trusted.
    """
    key = name.strip().lower()
    if key == DEFAULT_STYLE:
        return None
    mask = partial(without_secrets, secrets=tuple(known_secrets(environ)))
    if key in BUILTIN:
        text = prompts.of_style(key)
        return Style(name=key, source="builtin", digest=blake3(text.encode()), text=text)
    file = settings.styles.get(key)
    if file is None:
        ending = [one for other, one in settings.styles.items() if other.endswith(f":{key}")]
        file = ending[0] if len(ending) == 1 else None
    if file is None:
        names = ", ".join((*BUILTIN, *(one.name for one in settings.styles.values())))
        raise UsageError(f"there is no output style {name[:80]!r}", hint=f"one of {names}")
    if not is_trusted(file, settings):
        raise UsageError(
            f"the output style {file.name} would become a part of claw's instructions: {NOT_TRUSTED} ({file.source})",
            hint=f"read it, and answer what is asked at a start in a terminal; or claw {trust.FLAG}",
        )
    instead = "" if file.keeps else prompts.of_style("general")
    return Style(
        name=mask(file.name), source=mask(file.source), digest=file.digest, text=mask(file.text), instead=instead
    )


def style_now(home: Home, options: Options, name: str) -> Style | None:
    """The style of this name, as the files are now. Blocks. Raises UsageError."""
    return style_named(name, settled(home, options), options.environ)


def is_trusted(file: StyleFile, settings: Settings) -> bool:
    """Whether it may be chosen, as it is written now."""
    return file.layer not in REPOSITORY or file.digest in settings.granted


def settled(home: Home, options: Options) -> Settings:
    """What the files say now. Blocks. Raises UsageError."""
    return trust.settle(home, options, read_settings(trust.home_of(options.environ), options.workspace))


def styles_here(home: Home, options: Options) -> list[Row]:
    """Those that there are now. Blocks. Raises UsageError."""
    settings = settled(home, options)
    found = [Row(name, ABOUT[name], "claw's own") for name in BUILTIN]
    for file in settings.styles.values():
        said = file.source if is_trusted(file, settings) else f"{file.source}, not trusted"
        found.append(Row(file.name, file.description, said))
    return found
