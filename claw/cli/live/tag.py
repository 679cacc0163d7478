"""`claw tag S [NAME… | -NAME…]`: words by which a session is found."""

from __future__ import annotations

import os

from claw import log
from claw.cli.live import labels
from claw.cli.offline import lookup
from claw.cli.output import standard


def tag(session: str, tags: list[str] | None = None) -> int:
    """Change the session's tags, and print those that it has. Raises ClawError."""
    path = lookup.session(session)
    if tags:
        labels.tag(log.Home.default(os.environ), path, tags)
    standard().answer("".join(f"{one}\n" for one in log.describe(str(path)).tags))
    return 0
