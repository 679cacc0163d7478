"""Tools of third parties that the person has named: by a flag, or in settings that no repository can write."""

from __future__ import annotations

from msgspec.structs import replace

from claw.late import load
from claw.session.config import Options
from claw.settings import Settings

FLAG = "--tools-from"


def with_added(options: Options, settings: Settings) -> tuple[Options, tuple[str, ...]]:
    """The options with these tools, and a sentence for each that cannot be had. Imports what was named, and runs it."""
    names = [*((name, FLAG) for name in options.tools_from), *settings.tools]
    if not names:
        return options, ()
    named = load("claw.tools.adding", "Named")
    found = load("claw.tools.adding", "find")([named(text, source) for text, source in names])
    return replace(options, tools={**found.tools, **options.tools}), tuple(found.left_out)
