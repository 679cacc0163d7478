"""`claw rename S NAME`: a name for a session."""

from __future__ import annotations

import os

from claw.cli.live import labels
from claw.cli.offline import lookup
from claw.cli.output import standard
from claw.log import Home


def rename(session: str, name: str) -> int:
    """Raises ClawError."""
    path = lookup.session(session)
    labels.rename(Home.default(os.environ), path, name)
    standard().note(f"{path.name} is named {name}")
    return 0
