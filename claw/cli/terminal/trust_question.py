"""The question before a session: may what the folder's own settings want take effect?"""

from __future__ import annotations

from msgspec.structs import replace
from rich.console import RenderableType

from claw.cli.sanitize import clean_line, reveal_line
from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.styles import QUESTION, QUIET
from claw.log import Home
from claw.session.config import Options
from claw.session.trust import AGAIN, NARROW, Wanted, open_question
from claw.session.wiring import home_of
from claw.settings import Settings, read_settings

MOST_SHOWN = 40
"""Things that are shown before the rest is asked for."""
MOST_NARROW = 8


def asked(home: Home, options: Options, workspace: str) -> tuple[Options, Settings, Wanted] | None:
    """What there is to ask about this folder, and what it is about. Raises UsageError."""
    options = replace(options, workspace=workspace)
    settings = read_settings(home_of(options), workspace)
    found = open_question(home, options, settings)
    return None if found is None else (options, settings, found)


def shown(wanted: Wanted, workspace: str, *, everything: bool = False) -> list[RenderableType]:
    """What matters first, exactly: what cannot be seen is made visible. Of many narrow rules the first ones."""
    matters = [item for item in wanted.items if item.weight < NARROW][: None if everything else MOST_SHOWN]
    narrow = [item for item in wanted.items if item.weight == NARROW][: None if everything else MOST_NARROW]
    rows = [f"  {item.kind}  {item.text}  ({item.source})" for item in (*matters, *narrow)]
    left = 0 if everything else _unseen(wanted)
    more = [line(f"  and {left} more, narrower ones", QUIET)] if left else []
    return [
        line(f"The settings in {clean_line(workspace)} want what a repository cannot have by itself:", QUESTION),
        *(line(reveal_line(row)) for row in rows),
        *more,
    ]


def _unseen(wanted: Wanted) -> int:
    """How many things are not shown at first."""
    narrow = sum(item.weight == NARROW for item in wanted.items)
    return max(0, narrow - MOST_NARROW) + max(0, len(wanted.items) - narrow - MOST_SHOWN)


SUBJECT = Subject(
    title=line("Trust just this? If it changes, you are asked again.", QUESTION),
    notes=[line(f"  Either answer is remembered; {AGAIN} forgets it.", QUIET)],
)


def answers(wanted: Wanted) -> list[Choice[str]]:
    """What may be answered; all of it can be looked at first where not all of it is shown."""
    more = [Choice("m", "Show all of it first", "more", word="more")] if _unseen(wanted) else []
    return [
        Choice("y", "Yes, it may take effect", "yes", word="yes"),
        Choice("n", "No, go on without it", "no", word="no"),
        *more,
    ]
