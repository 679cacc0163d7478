"""The question before a session: may what the folder's own settings want take effect?"""

from __future__ import annotations

import dataclasses

from rich.console import RenderableType

from claw.cli.terminal.inquiry import Choice, Subject
from claw.cli.terminal.layout import line
from claw.cli.terminal.sanitize import clean_line, reveal_line
from claw.config import Options
from claw.equipment import home_of
from claw.log import Home
from claw.settings import read_settings
from claw.trust import AGAIN, Wanted, open_question


def question(home: Home, options: Options, workspace: str) -> Wanted | None:
    """What there is to ask about this folder. Raises UsageError."""
    settings = read_settings(home_of(options), workspace)
    return open_question(home, dataclasses.replace(options, workspace=workspace), settings)


def shown(wanted: Wanted, workspace: str) -> list[RenderableType]:
    """All of it, exactly: what cannot be seen is made visible."""
    rows = [f"  {item.kind}  {item.text}  ({item.source})" for item in wanted.items]
    return [
        line(f"The settings in {clean_line(workspace)} want what a repository cannot have by itself:", "bold yellow"),
        *(line(reveal_line(row)) for row in rows),
    ]


SUBJECT = Subject(
    title=line("Trust just this? If it changes, you are asked again.", "bold yellow"),
    notes=[line(f"  Either answer is remembered; {AGAIN} forgets it.", "dim")],
)
ANSWERS = [
    Choice("y", "Yes, it may take effect", True, word="yes"),
    Choice("n", "No, go on without it", False, word="no"),
]
