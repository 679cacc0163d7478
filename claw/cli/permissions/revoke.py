"""`claw permissions revoke`: take back what was allowed for always."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from claw.cli.output import standard
from claw.cli.terminal.sanitize import clean_line
from claw.config import Options
from claw.equipment import home_of
from claw.errors import UsageError
from claw.settings import remove_allow_rule
from claw.settings.layers import USER


def revoke(rule: Annotated[str, typer.Argument(metavar="RULE", help="As claw permissions list shows it.")]) -> int:
    """Take an allow rule out of your settings, where an answer of "always" has put it; the rest of the file stays.

    What was allowed for the rest of one session is taken back there, with /permissions revoke.
    """
    path = Path(home_of(Options(workspace="/", environ=os.environ)), USER)
    try:
        removed = remove_allow_rule(path, rule)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    if not removed:
        raise UsageError(f"~/{USER} has no allow rule {rule}", hint="claw permissions list")
    standard().answer(f"no longer allowed: {clean_line(rule)} (taken out of ~/{USER})\n")
    return 0
